package io.jettison.lab;

import io.jettison.api.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Shows a VM leave its desktop and come home, on one machine. Exit codes: 0 if all went well, 1 if
 * anything is wrong, 2 if the command line is.
 */
public final class Lab {
  private static final int WRONG = 1;
  private static final int USAGE = 2;

  private Options options;
  private final LabId id = LabId.own();
  private final Cleanup cleanup;
  private final Talk talk;

  private Lab(Options options, Cleanup cleanup) {
    this.options = options;
    this.cleanup = cleanup;
    this.talk = new Talk(System.out, cleanup);
  }

  public static void main(String[] arguments) {
    List<String> words = List.of(arguments);
    if (words.contains("--help") || words.contains("-h")) {
      System.out.print(Options.USAGE);
      return;
    }
    Outcome<Options> options = Options.parse(words);
    if (options instanceof Outcome.Refused<Options> refused) {
      System.err.println("lab: " + refused.oneLine());
      System.exit(USAGE);
    }
    Cleanup cleanup = new Cleanup();
    Thread interrupted = new Thread(cleanup::close, "cleanup");
    Runtime.getRuntime().addShutdownHook(interrupted);
    System.exit(new Lab(options.orThrow(), cleanup).run());
  }

  private int run() {
    try (cleanup) {
      LabHome home = LabHome.find();
      Workspace.deleteLeftovers();
      stayAwakeIfItMust();
      VmSettings vm = new VmChoice(options, home, talk).choose();
      Workspace workspace = Workspace.create(id, cleanup);
      Network network = network();
      cleanup.add(() -> Processes.kill(Processes.of(id::equals)));
      Report report = measure(home, vm, workspace, network);
      boolean clean = report.problems().isEmpty();
      talk.print(report.text());
      if (options.json().isPresent()) {
        write(options.json().get(), report.json());
      }
      if (options.keep() || !clean) {
        talk.print("Logs and configuration of the hosts: " + workspace.keep() + "\n");
      }
      return clean ? 0 : WRONG;
    } catch (LabException e) {
      if (!cleanup.begun()) {
        System.err.println("lab: " + e.getMessage());
      }
      return WRONG;
    }
  }

  /** Who asked for a sleeping PC is told where that is not possible; others get what is. */
  private void stayAwakeIfItMust() {
    Optional<String> obstacle = options.tour() ? EmulatedPc.obstacle() : Optional.empty();
    if (obstacle.isPresent()) {
      talk.say("the PC stays awake: " + obstacle.get());
      options = options.awake();
    }
  }

  private Network network() throws LabException {
    if (options.sleep().isPresent()) {
      Network network = Namespaces.create(id, cleanup);
      talk.say("network: desktop, server and client in namespaces; the PC sleeps");
      return network;
    }
    if (options.loopback()) {
      talk.say("network: loopback, as asked for; no client, the VM has no network card");
      return Loopback.create();
    }
    try {
      Network network = Namespaces.create(id, cleanup);
      talk.say("network: desktop, server and client in namespaces, 1 Gb/s each way");
      return network;
    } catch (LabException e) {
      talk.say("network: loopback, because namespaces need root here: " + e.getMessage());
      return Loopback.create();
    }
  }

  private Report measure(LabHome home, VmSettings vm, Workspace workspace, Network network) {
    List<Cycle> cycles = new ArrayList<>();
    List<String> troubles = new ArrayList<>();
    String fileSystem = Report.Disk.UNCHECKED;
    List<Sleeping> sleeping = new ArrayList<>();
    try {
      Optional<Image> image = image(vm, workspace);
      Mover mover = raise(home, vm, image, workspace, network);
      for (int number = 1; number <= options.cycles(); number++) {
        if (options.sleep().isPresent()) {
          sleeping(number, options.sleep().get(), mover, cycles, sleeping);
        } else {
          cycles.add(mover.cycle(number, options));
        }
      }
      mover.powerOff();
      if (image.isPresent()) {
        fileSystem = image.get().check();
        talk.say("the file system of the disk, from outside: " + fileSystem);
      }
    } catch (LabException e) {
      troubles.add(e.getMessage());
    }
    String checked = fileSystem;
    return new Report(
        vm.kind(),
        vm.accelerator(),
        network.word(),
        options.memoryBytes(),
        options.disk().map(format -> new Report.Disk(format, checked)),
        sleeping,
        options.cycles(),
        cycles,
        troubles);
  }

  private void sleeping(
      int number, Options.Sleep sleep, Mover mover, List<Cycle> cycles, List<Sleeping> sleeping)
      throws LabException {
    String residency = sleep.residency(number);
    talk.say("cycle " + number + ": the PC sleeps, residency " + residency);
    mover.reside(residency);
    Sleeping.Books before = mover.books();
    cycles.add(mover.cycle(number, options));
    Sleeping.Books after = mover.books();
    sleeping.add(Sleeping.between(sleep, residency, before, after));
    if (!after.timeline().isEmpty()) { // a PC that never slept has none to draw
      Path chart = charts().resolve("cycle-" + number + "-" + residency + ".png");
      mover.draw(before.at(), chart);
      talk.say("cycle " + number + ": what the PC drew is drawn in " + chart);
    }
  }

  private Path charts() throws LabException {
    try {
      return Files.createDirectories(options.charts().toAbsolutePath());
    } catch (IOException e) {
      throw new LabException("cannot make the folder for charts " + options.charts(), e);
    }
  }

  private Optional<Image> image(VmSettings vm, Workspace workspace) throws LabException {
    if (options.disk().isEmpty()) {
      return Optional.empty();
    }
    DiskFormat format = options.disk().get();
    talk.say("making a disk of " + options.diskMib() + " MiB, " + format.word());
    return Optional.of(
        Image.create(workspace.disk(), format, options.diskMib(), vm.kind() == VmKind.QEMU));
  }

  /** Starts both hosts and boots the VM on the desktop. */
  private Mover raise(
      LabHome home, VmSettings vm, Optional<Image> image, Workspace workspace, Network network)
      throws LabException {
    Optional<Network.Guest> place = vm.kind() == VmKind.QEMU ? network.guest() : Optional.empty();
    Host server = new Host(id, "server", workspace, network.onServer());
    Host desktop = new Host(id, "desktop", workspace, network.onDesktop());
    server.install(home.server(), HostSettings.server(network, options));
    String sections = vm.sections(options, place, image);
    Function<String, String> settings =
        residency -> HostSettings.desktop(network, options, residency, sections);
    desktop.install(home.desktop(), settings.apply(""));
    talk.say("starting the hosts");
    server.start(cleanup);
    desktop.start(cleanup);
    Optional<Client> client =
        place.isPresent()
            ? Optional.of(Client.start(id, network.onClient(), cleanup))
            : Optional.empty();
    String console = vm.kind().console();
    Mover mover =
        new Mover(
            desktop,
            server,
            client,
            new Console(desktop.runFolder(VmSettings.NAME).resolve(console)),
            new Console(server.runFolder("desktop~" + VmSettings.NAME).resolve(console)),
            image.isPresent(),
            settings,
            talk);
    if (options.rehearsals() > 0) {
      mover.rehearse();
    }
    mover.boot(place.map(Network.Guest::address));
    return mover;
  }

  private static void write(Path file, String text) throws LabException {
    try {
      Files.writeString(file, text + System.lineSeparator());
    } catch (IOException e) {
      throw new LabException("cannot write the report to " + file, e);
    }
  }
}
