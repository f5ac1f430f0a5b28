package io.jettison.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One host of the lab: a daemon of a shipped distribution with folders of its own, driven only by
 * its {@code bin/jettison}.
 */
public final class Host {
  private static final Duration START_LIMIT = Duration.ofSeconds(90);
  private static final Duration COMMAND_LIMIT = Duration.ofMinutes(3);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String name;
  private final Path home;
  private final Path memory;
  private final List<String> prefix;
  private final Map<String, String> environment;
  private volatile @Nullable Process daemon;

  /**
   * A host that does not run yet.
   *
   * @param name its name, and that of its folders
   * @param prefix what to put before the daemon's command line
   */
  public Host(LabId id, String name, Workspace workspace, List<String> prefix) {
    this.name = name;
    this.home = workspace.disk().resolve(name);
    this.memory = workspace.memory().resolve(name);
    this.prefix = prefix;
    this.environment = Map.of(LabId.VARIABLE, id.toString(), "JETTISON_RUN", run().toString());
  }

  /** Lays the host's folders out: programs by link to the distribution, all else its own. */
  public void install(Path distribution, String configuration) throws LabException {
    try {
      Folders.copyFiles(distribution.resolve("bin"), home.resolve("bin"));
      Folders.copyFiles(distribution.resolve("conf"), home.resolve("conf"));
      for (String programs : List.of("lib", "bundle")) {
        Files.createSymbolicLink(
            home.resolve(programs), distribution.resolve(programs).toRealPath());
      }
      for (Path folder : List.of(home.resolve("deploy"), home.resolve("state"), run(), memory)) {
        Files.createDirectories(folder);
      }
      Files.writeString(home.resolve("conf/jettison.conf"), configuration);
    } catch (IOException e) {
      throw new LabException("cannot install host " + name + " from " + distribution, e);
    }
  }

  /** Gives it another configuration, which it takes while it runs. */
  public void configure(String configuration) throws LabException {
    Path file = home.resolve("conf/jettison.conf");
    Path fresh = file.resolveSibling("jettison.conf.new");
    try {
      Files.writeString(fresh, configuration);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new LabException("cannot configure host " + name, e);
    }
  }

  /** Starts the daemon and waits until it takes commands. */
  public void start(Cleanup cleanup) throws LabException {
    List<String> command = new ArrayList<>(prefix);
    // a session of its own: Ctrl-C is for the lab, which ends the host in order
    command.addAll(List.of("setsid", home.resolve("bin/jettisond").toString()));
    command.addAll(List.of("--home", home.toString(), "--run", run().toString()));
    command.addAll(List.of("--state", home.resolve("state").toString()));
    command.addAll(List.of("--memory", memory.toString()));
    command.addAll(List.of("--conf", home.resolve("conf/jettison.conf").toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log().toFile())
            .redirectInput(Path.of("/dev/null").toFile());
    builder.environment().putAll(environment);
    cleanup.add(this::stop);
    try {
      daemon = builder.start();
    } catch (IOException e) {
      throw new LabException("cannot start host " + name, e);
    }
    Waiting.until(
        "host " + name + " takes no commands; its log: " + log(), START_LIMIT, this::answers);
  }

  /** What a command of {@code bin/jettison} answers. */
  public JsonNode ask(String... words) throws LabException {
    Ran ran = call(words);
    if (ran.exit() != 0) {
      throw new LabException(
          name + " refused '" + String.join(" ", words) + "': " + ran.complaint());
    }
    try {
      return JSON.readTree(ran.out());
    } catch (JsonProcessingException e) {
      throw new LabException(
          name + " answered '" + String.join(" ", words) + "' with no JSON: " + ran.out());
    }
  }

  /** Runs a command of {@code bin/jettison}. */
  public Ran call(String... words) throws LabException {
    List<String> command = new ArrayList<>(List.of(home.resolve("bin/jettison").toString()));
    command.addAll(List.of(words));
    command.add("--json");
    return Ran.of(COMMAND_LIMIT, environment, command);
  }

  /**
   * As {@link #ask}, of a PC that may be asleep or just falling asleep: a user presses keys until
   * it has answered, which does nothing to a PC that is awake.
   */
  public JsonNode askAtKeyboard(String... words) throws LabException {
    ScheduledExecutorService user = Executors.newSingleThreadScheduledExecutor();
    try {
      var unused = user.scheduleWithFixedDelay(this::pressKey, 0, 1, TimeUnit.SECONDS);
      return ask(words);
    } finally {
      user.shutdownNow();
    }
  }

  // an emulated PC that has slept leaves there which process to tell of a key
  private void pressKey() {
    Path keyboard = run().resolve("power.key");
    try {
      if (Files.exists(keyboard)) {
        Ran.tool("kill", "-USR1", Files.readString(keyboard).strip());
      }
    } catch (IOException | LabException e) {
      // its keeper just ended, and so the PC is awake
      return;
    }
  }

  /** The folder with the sockets of a VM. */
  public Path runFolder(String vm) {
    return run().resolve(vm);
  }

  /** What the daemon printed. */
  public Path log() {
    return home.resolve("jettisond.log");
  }

  private Path run() {
    return home.resolve("run");
  }

  private boolean answers() throws LabException {
    Process process = daemon;
    if (process == null || !process.isAlive()) {
      throw new LabException("host " + name + " ended at its start: " + lastWords());
    }
    return call("vms").exit() == 0;
  }

  private String lastWords() {
    try {
      List<String> lines = Files.readAllLines(log(), StandardCharsets.UTF_8);
      return lines.isEmpty() ? "without a word" : lines.get(lines.size() - 1);
    } catch (IOException e) {
      return "its log cannot be read: " + e.getMessage();
    }
  }

  private void stop() {
    Process process = daemon;
    if (process == null) {
      return;
    }
    process.destroy();
    try {
      if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
