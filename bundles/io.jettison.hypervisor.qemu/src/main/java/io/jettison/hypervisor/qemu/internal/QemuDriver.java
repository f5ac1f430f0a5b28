package io.jettison.hypervisor.qemu.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.hypervisor.HypervisorDriver;
import io.jettison.api.hypervisor.LocalVm;
import io.jettison.api.hypervisor.PartialVm;
import io.jettison.api.hypervisor.ReturningVm;
import io.jettison.api.hypervisor.RunState;
import io.jettison.api.hypervisor.VmPlace;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.Residual;
import io.jettison.hypervisor.qemu.internal.Machine.Role;
import io.jettison.uffd.FileVm;
import io.jettison.uffd.GuestRam;
import io.jettison.uffd.ReturningFileVm;
import io.jettison.uffd.Shim;
import io.jettison.uffd.VmmProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** VMs in QEMU. */
@Component(
    service = {HypervisorDriver.class, QemuDriver.class},
    configurationPid = "io.jettison.hypervisor.qemu",
    property = HypervisorDriver.NAME + "=" + QemuDriver.DRIVER)
@Designate(ocd = QemuDriver.Config.class)
public final class QemuDriver implements HypervisorDriver {
  /** Its name. */
  public static final String DRIVER = "qemu";

  private static final String AUTO = "auto";
  private static final Pattern ALIAS = Pattern.compile("(?m)^pc\\s.*\\(alias of ([^)]+)\\)");
  private static final String REHEARSAL_GUEST = "/linux-x86-64/rehearsal-guest.elf";
  private static final long REHEARSAL_BYTES = 32 << 20;
  private static final int SOCKET_PATH_BYTES = 107; // sun_path of unix(7), without its final zero

  /** Section [hypervisor.qemu]. */
  @ObjectClassDefinition(name = "QEMU")
  public @interface Config {
    /** Program. */
    @AttributeDefinition(description = "the QEMU to start")
    String binary() default "qemu-system-x86_64";

    /** Accelerator. */
    @AttributeDefinition(
        description = "what guests run with; auto: KVM where it works, else TCG",
        options = {@Option(AUTO), @Option(Accelerator.KVM), @Option(Accelerator.TCG)})
    String accelerator() default AUTO;
  }

  private final String binary;
  private final String wanted;
  private final Path programs;
  private final Shim shim;
  private @Nullable String found;
  private @Nullable String machine;

  /**
   * In the framework.
   *
   * @throws IOException if its programs cannot be put onto the disk
   */
  @Activate
  public QemuDriver(BundleContext context, Config config) throws IOException {
    this(
        config.binary(),
        config.accelerator(),
        Path.of(
                Optional.ofNullable(context.getProperty("jettison.state"))
                    .orElse("/var/lib/jettison"))
            .resolve("native"));
  }

  /**
   * With its programs in a folder.
   *
   * @throws IOException if they cannot be put there
   */
  public QemuDriver(String binary, String accelerator, Path programs) throws IOException {
    this.binary = binary;
    this.wanted = accelerator;
    this.programs = programs;
    this.shim = new Shim(programs);
  }

  /** What guests run with on this host. */
  synchronized String accelerator() {
    String known = found;
    if (known == null) {
      known = wanted.equals(AUTO) ? Accelerator.find(binary, programs) : wanted;
      found = known;
    }
    return known;
  }

  /** The machine type of new VMs, by its exact name: another host's QEMU may be newer. */
  synchronized Outcome<String> machine() {
    String known = machine;
    if (known != null) {
      return Outcome.done(known);
    }
    return ask("-machine", "help")
        .then(
            text -> {
              Matcher alias = ALIAS.matcher(text);
              if (!alias.find()) {
                return Outcome.refused(binary + " has no machine `pc`", "use qemu-system-x86_64");
              }
              machine = alias.group(1);
              return Outcome.done(alias.group(1));
            });
  }

  private Outcome<String> ask(String... arguments) {
    List<String> command = new java.util.ArrayList<>(List.of(binary));
    command.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0
          ? Outcome.done(said)
          : Outcome.refused(binary + " does not work: " + said.trim(), "reinstall it");
    } catch (IOException e) {
      return Outcome.refused(
          "QEMU is missing: there is no " + binary,
          "apt install qemu-system-x86, or set `binary` in [hypervisor.qemu]");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Outcome.refused("interrupted", "try again");
    }
  }

  @Override
  public Outcome<String> check() {
    return ask("--version")
        .then(said -> Outcome.done(said.lines().findFirst().orElse("QEMU") + ", " + accelerator()));
  }

  @Override
  public Outcome<LocalVm> boot(VmSpec spec, VmPlace place) {
    end(place);
    return GuestRam.create(spec, place)
        .then(done -> start(spec, place, Role.BOOT))
        .then(
            vmm -> {
              Outcome<Nothing> running = vmm.run();
              if (!running.isDone()) {
                vmm.kill();
              }
              return running.then(done -> Outcome.done(FileVm.whole(spec, vmm)));
            });
  }

  private Outcome<QemuVmm> start(VmSpec spec, VmPlace place, Role role) {
    String bridge = spec.settings().getOrDefault(Machine.BRIDGE, "");
    if (Machine.serial(place).toString().length() > SOCKET_PATH_BYTES) {
      return Outcome.refused(
          "the path of a socket is too long: " + Machine.serial(place),
          "set jettison.run to a shorter folder, or give the VM a shorter name");
    }
    Outcome<Nothing> usable =
        check()
            .then(done -> accelerated(spec))
            .then(done -> disks(spec))
            .then(done -> bridge.isEmpty() ? Outcome.done() : Tap.plug(place, bridge));
    return usable.then(
        done -> {
          Map<String, String> environment =
              role == Role.PARTIAL
                  ? shim.environment(GuestRam.file(place), GuestRam.note(place))
                  : Map.of();
          try {
            Files.deleteIfExists(QemuVmm.socket(place));
            Files.deleteIfExists(GuestRam.note(place));
            List<String> line = Machine.commandLine(binary, spec, place, role);
            Outcome<QemuVmm> begun =
                QemuVmm.begun(VmmProcess.start(line, environment, place.run()), place);
            return role == Role.BOOT ? begun : begun.then(QemuVmm::awaitState);
          } catch (IOException e) {
            return Outcome.refused("QEMU does not start: " + e.getMessage(), "look at its log");
          }
        });
  }

  private Outcome<Nothing> accelerated(VmSpec spec) {
    String needed = spec.settings().getOrDefault(Machine.ACCELERATOR, Accelerator.TCG);
    return needed.equals(Accelerator.KVM)
        ? Accelerator.kvm(binary, programs).then(done -> Outcome.done())
        : Outcome.done();
  }

  private static Outcome<Nothing> disks(VmSpec spec) {
    for (VmSpec.Disk disk : spec.disks()) {
      Outcome<Nothing> usable = Disks.check(disk);
      if (!usable.isDone()) {
        return usable;
      }
    }
    return Outcome.done();
  }

  @Override
  public Outcome<LocalVm> attach(VmSpec spec, VmPlace place) {
    return find(spec, place).then(vmm -> Outcome.done(FileVm.whole(spec, vmm)));
  }

  private static Outcome<QemuVmm> find(VmSpec spec, VmPlace place) {
    QemuVmm vmm =
        VmmProcess.find(place.run()).map(process -> new QemuVmm(process, place)).orElse(null);
    return vmm == null || vmm.state() == RunState.GONE
        ? Outcome.refused("the QEMU of " + spec.name() + " is gone", "boot the VM")
        : Outcome.done(vmm);
  }

  @Override
  public Outcome<Residual> residual(VmSpec spec, VmPlace place) {
    return GuestRam.residual(spec, place);
  }

  @Override
  public Outcome<ReturningVm> prepareReturn(VmSpec spec, VmPlace place) {
    end(place);
    return start(spec, place, Role.RETURN).then(vmm -> ReturningFileVm.over(spec, vmm, place));
  }

  @Override
  public Outcome<PartialVm> prepare(VmSpec spec, VmPlace place) {
    purge(spec, place);
    Outcome<PartialVm> prepared =
        GuestRam.create(spec, place)
            .then(done -> start(spec, place, Role.PARTIAL))
            .then(vmm -> FileVm.partial(spec, vmm, place));
    if (!prepared.isDone()) {
      purge(spec, place);
    }
    return prepared;
  }

  @Override
  public Outcome<PartialVm> reattach(VmSpec spec, VmPlace place) {
    return find(spec, place).then(vmm -> FileVm.partial(spec, vmm, place));
  }

  private static void end(VmPlace place) {
    VmmProcess.end(place.run());
  }

  @Override
  public void purge(VmSpec spec, VmPlace place) {
    end(place);
    if (!spec.settings().getOrDefault(Machine.BRIDGE, "").isEmpty()) {
      Tap.unplug(place);
    }
    for (Path file :
        List.of(
            GuestRam.file(place),
            GuestRam.note(place),
            QemuVmm.socket(place),
            Machine.serial(place))) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new IllegalStateException("cannot remove " + file, e);
      }
    }
  }

  @Override
  public Outcome<VmSpec> rehearsal(String name) {
    return machine().then(known -> rehearsal(name, known));
  }

  private Outcome<VmSpec> rehearsal(String name, String known) {
    try {
      Path guest = Shim.extract(QemuDriver.class, REHEARSAL_GUEST, programs);
      Map<String, String> settings =
          Map.of(
              Machine.MACHINE,
              known,
              Machine.ACCELERATOR,
              accelerator(),
              Machine.CPUS,
              "1",
              Machine.KERNEL,
              guest.toString());
      return Outcome.done(
          new VmSpec(name, DRIVER, MemoryMap.ofBytes(REHEARSAL_BYTES), List.of(), settings));
    } catch (IOException e) {
      return Outcome.refused("the guest cannot be put onto the disk: " + e, "make room");
    }
  }
}
