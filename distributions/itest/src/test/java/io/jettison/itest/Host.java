package io.jettison.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.shell.client.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A host made from a folder that ships: its own daemon and client, its own state. */
final class Host {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** What a command said. */
  record Answer(int status, String out, String err) {}

  final Path work;
  private final Path home;
  private final Path memory;
  private Process daemon;

  private Host(Path home, Path work, Path memory) {
    this.home = home;
    this.work = work;
    this.memory = memory;
  }

  static Path distributions() {
    return Path.of(System.getProperty("jettison.distributions")).toAbsolutePath().normalize();
  }

  /** Starts a host of a kind, {@code desktop} or {@code server}. */
  static Host start(String kind, Path folder, String configuration) throws Exception {
    Path work = Files.createDirectories(folder.resolve(kind));
    // links to the bundles: the folder itself is the host's own, deploy/ included
    Path home = Files.createDirectories(work.resolve("home"));
    Path shipped = distributions().resolve(kind + "/target/" + kind);
    try (Stream<Path> parts = Files.list(shipped)) {
      for (Path part : parts.toList()) {
        if (Files.isDirectory(part) && !part.endsWith("bin") && !part.endsWith("deploy")) {
          Files.createSymbolicLink(home.resolve(part.getFileName()), part);
        }
      }
    }
    Path bin = Files.createDirectories(home.resolve("bin"));
    for (String program : List.of("jettisond", "jettison")) {
      Files.copy(shipped.resolve("bin").resolve(program), bin.resolve(program));
    }
    Files.writeString(work.resolve("jettison.conf"), configuration);
    Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "jettison-itest");
    Host host = new Host(home, work, memory);
    host.begin();
    return host;
  }

  /** Starts the daemon, and waits until it answers. */
  void begin() throws Exception {
    List<String> command = new ArrayList<>(List.of(home.resolve("bin/jettisond").toString()));
    command.addAll(List.of("--home", home.toString(), "--state", work.resolve("state").toString()));
    command.addAll(List.of("--run", run().toString(), "--memory", memory.toString()));
    command.addAll(List.of("--conf", work.resolve("jettison.conf").toString()));
    daemon =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(work.resolve("output").toFile()))
            .start();
    await("the daemon answers", () -> ask("vms").status() == 0);
  }

  Path run() {
    return work.resolve("run");
  }

  /** What its daemons logged, one after the other. */
  String log() throws IOException {
    return Files.readString(home.resolve("var/log/jettison.log"));
  }

  Path deploy() {
    return home.resolve("deploy");
  }

  void configure(String configuration) throws IOException {
    Path fresh = work.resolve("jettison.conf.new");
    Files.writeString(fresh, configuration);
    Files.move(
        fresh,
        work.resolve("jettison.conf"),
        java.nio.file.StandardCopyOption.ATOMIC_MOVE,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  /** Ends the daemon as a crash would. */
  void kill() throws InterruptedException {
    daemon.destroyForcibly();
    assertThat(daemon.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  /** The host stands still: its daemon, and the VMs that are here. */
  void freeze() throws Exception {
    signal("STOP");
  }

  /** It goes on. */
  void thaw() throws Exception {
    signal("CONT");
  }

  private void signal(String name) throws Exception {
    List<String> command = new ArrayList<>(List.of("kill", "-" + name, daemon.pid() + ""));
    vmms().forEach(vmm -> command.add(vmm.pid() + ""));
    // not all may be there any more
    assertThat(new ProcessBuilder(command).start().waitFor()).isBetween(0, 1);
  }

  /** The VMs that are here. They outlive their daemon: that is what they are there for. */
  private List<ProcessHandle> vmms() throws IOException {
    List<ProcessHandle> found = new ArrayList<>();
    try (Stream<Path> folders = Files.list(run())) {
      for (Path note : folders.map(folder -> folder.resolve("vmm.pid")).toList()) {
        try {
          long pid = Long.parseLong(Files.readString(note).split(" ", -1)[0]);
          ProcessHandle.of(pid).filter(this::isOfThisHost).ifPresent(found::add);
        } catch (FileSystemException e) {
          // no folder of a VM, or one that is just being removed
        }
      }
    }
    return found;
  }

  /** Numbers of processes are used again. */
  private boolean isOfThisHost(ProcessHandle process) {
    try {
      Path arguments = Path.of("/proc", process.pid() + "", "cmdline");
      return Files.readString(arguments, StandardCharsets.ISO_8859_1).contains(run().toString());
    } catch (IOException e) {
      return false; // it has ended
    }
  }

  /** Gives a command without starting a program for it. */
  Answer call(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status =
        Main.ask(
            run().resolve("jettison.sock"),
            List.of(words),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Answer(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  Answer ask(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of(home.resolve("bin/jettison").toString()));
    command.addAll(List.of(words));
    Path out = Files.createTempFile(work, "out", "");
    Path err = Files.createTempFile(work, "err", "");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("JETTISON_RUN", run().toString());
    Process process = builder.start();
    assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).as("answers").isTrue();
    return new Answer(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  /** A command that must be carried out. */
  String told(String... words) throws Exception {
    Answer answer = ask(words);
    assertThat(answer.status()).as("%s: %s", List.of(words), answer.err()).isZero();
    return answer.out();
  }

  static void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime() - end).as("in time: %s", what).isNegative();
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Ends the daemon and its VMs. */
  void end() throws Exception {
    daemon.destroy();
    if (!daemon.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      daemon.destroyForcibly();
    }
    vmms().forEach(ProcessHandle::destroyForcibly);
    try (Stream<Path> files = Files.walk(memory)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
