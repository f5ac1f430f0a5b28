package io.jettison.hypervisor.emulator.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.hypervisor.RunState;
import io.jettison.api.hypervisor.VmActivity;
import io.jettison.api.hypervisor.VmPlace;
import io.jettison.uffd.Vmm;
import io.jettison.uffd.VmmProcess;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** An emulator's process and its control socket. Thread-safe. */
record EmulatorVmm(VmmProcess process, VmPlace place) implements Vmm {
  private static final long BEGIN_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  static Path socket(VmPlace place) {
    return place.run().resolve("control.sock");
  }

  /** Waits until a process that was just started answers. */
  static Outcome<EmulatorVmm> begun(VmmProcess process, VmPlace place) {
    EmulatorVmm vmm = new EmulatorVmm(process, place);
    long deadline = System.nanoTime() + BEGIN_NANOS;
    while (process.isAlive() && System.nanoTime() < deadline) {
      if (Files.exists(socket(place)) && vmm.ask("status").isDone()) {
        return Outcome.done(vmm);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    process.kill();
    return Outcome.refused(
        "the emulator did not begin: " + VmmProcess.lastWords(place.run()),
        "mend what it says and try again");
  }

  /** Gives a command and waits for its answer, which some give only when a page has come. */
  Outcome<Map<String, String>> ask(String command) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket(place)));
      channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
      StringBuilder answer = new StringBuilder();
      ByteBuffer bytes = ByteBuffer.allocate(4096);
      while (answer.indexOf("\n") < 0) {
        if (channel.read(bytes.clear()) < 0) {
          return gone();
        }
        answer.append(StandardCharsets.UTF_8.decode(bytes.flip()));
      }
      return parse(answer.toString().trim());
    } catch (IOException e) {
      return gone();
    }
  }

  private Outcome<Map<String, String>> gone() {
    return Outcome.refused("the emulator is gone", "look at its log in " + place.run());
  }

  private static Outcome<Map<String, String>> parse(String answer) {
    if (!answer.startsWith("OK")) {
      return Outcome.refused("the emulator says: " + answer, "look at its log");
    }
    Map<String, String> values = new HashMap<>();
    for (String word : answer.split(" ", -1)) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        values.put(word.substring(0, equals), word.substring(equals + 1));
      }
    }
    return Outcome.done(values);
  }

  private Outcome<Nothing> command(String command) {
    return ask(command).then(answer -> Outcome.done());
  }

  @Override
  public RunState state() {
    if (!process.isAlive() || !(ask("status") instanceof Done<Map<String, String>> status)) {
      return RunState.GONE;
    }
    return switch (status.value().getOrDefault("state", "")) {
      case "running" -> RunState.RUNNING;
      case "stopped", "stopping" -> RunState.STOPPED; // it will not run unless it is told to
      default -> RunState.WAITING;
    };
  }

  @Override
  public Outcome<VmActivity> activity() {
    return ask("status")
        .then(
            values ->
                Outcome.done(
                    new VmActivity(
                        System.nanoTime(), Long.parseLong(values.getOrDefault("cpu_ns", "0")), 0)));
  }

  @Override
  public Outcome<Long> save(WritableByteChannel descriptor) {
    Path file = place.run().resolve("state");
    return command("save " + file)
        .then(
            done -> {
              try (FileChannel saved = FileChannel.open(file, StandardOpenOption.READ)) {
                ByteBuffer bytes = ByteBuffer.allocate((int) saved.size());
                while (bytes.hasRemaining() && saved.read(bytes) >= 0) {}
                bytes.flip();
                long length = bytes.remaining();
                while (bytes.hasRemaining()) {
                  descriptor.write(bytes);
                }
                Files.delete(file);
                return Outcome.done(length);
              } catch (IOException e) {
                return Outcome.refused("its state cannot be sent: " + e.getMessage(), "try again");
              }
            });
  }

  @Override
  public Outcome<Nothing> load(ReadableByteChannel descriptor) {
    Path file = place.run().resolve("state");
    Outcome<Nothing> loaded;
    try {
      Files.write(file, Channels.newInputStream(descriptor).readAllBytes());
      loaded = command("load " + file);
      Files.delete(file);
    } catch (IOException e) {
      loaded = Outcome.refused("its state did not come: " + e.getMessage(), "try again");
    }
    if (!loaded.isDone()) {
      kill();
    }
    return loaded;
  }

  @Override
  public Outcome<Nothing> stop() {
    return command("stop");
  }

  @Override
  public Outcome<Nothing> run() {
    return command("cont");
  }

  @Override
  public void kill() {
    process.kill();
  }

  @Override
  public void detach() {}
}
