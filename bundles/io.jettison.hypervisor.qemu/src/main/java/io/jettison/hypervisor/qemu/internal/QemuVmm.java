package io.jettison.hypervisor.qemu.internal;

import com.fasterxml.jackson.databind.JsonNode;
import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Done;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.hypervisor.Departure;
import io.jettison.api.hypervisor.RunState;
import io.jettison.api.hypervisor.VmActivity;
import io.jettison.api.hypervisor.VmPlace;
import io.jettison.uffd.Vmm;
import io.jettison.uffd.VmmProcess;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A QEMU: its process and what it is told. Thread-safe. */
final class QemuVmm implements Vmm {
  /** A QEMU that waits for pages from another host may take long. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** For what must not wait for a page. */
  private static final Duration GLANCE = Duration.ofSeconds(1);

  private static final long BEGIN_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(200);
  private static final int CHUNK = 1 << 16;
  private static final long UNLIMITED = 1L << 40;
  private static final String VCPU_THREADS = "CPU ";

  private final VmmProcess process;
  private final VmPlace place;
  private final Qmp qmp;
  private volatile boolean listens;

  QemuVmm(VmmProcess process, VmPlace place) {
    this.process = process;
    this.place = place;
    this.qmp = new Qmp(socket(place));
  }

  static Path socket(VmPlace place) {
    return place.run().resolve("qmp.sock");
  }

  private Path stream() {
    return place.run().resolve("state.sock");
  }

  /** Waits until a process that was just started answers, and readies it for its moves. */
  static Outcome<QemuVmm> begun(VmmProcess process, VmPlace place) {
    QemuVmm vmm = new QemuVmm(process, place);
    long deadline = System.nanoTime() + BEGIN_NANOS;
    while (process.isAlive() && System.nanoTime() < deadline) {
      if (Files.exists(socket(place)) && vmm.execute("query-status", Map.of()).isDone()) {
        Outcome<Nothing> readied = vmm.ready();
        if (!readied.isDone()) {
          vmm.kill();
        }
        return readied.then(done -> Outcome.done(vmm));
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    vmm.kill();
    return Outcome.refused(
        "QEMU did not begin: " + VmmProcess.lastWords(place.run()),
        "mend what it says and try again");
  }

  // Set ahead of the move, since it would be part of the downtime; repeating it changes nothing.
  private Outcome<Nothing> ready() {
    process.faultIn();
    return capable()
        .then(done -> execute("migrate-set-parameters", Map.of("max-bandwidth", UNLIMITED)))
        .then(done -> Outcome.done());
  }

  private Outcome<JsonNode> capable() {
    return execute(
        "migrate-set-capabilities",
        Map.of(
            "capabilities",
            List.of(on("x-ignore-shared"), on("late-block-activate"), on("events"))));
  }

  private static Map<String, ?> on(String capability) {
    return Map.of("capability", capability, "state", true);
  }

  private Outcome<JsonNode> execute(String command, Map<String, ?> arguments) {
    return qmp.execute(command, arguments, PATIENCE);
  }

  @Override
  public void kill() {
    process.kill(); // first: a command that waits for a page holds the connection
    qmp.close();
  }

  @Override
  public void detach() {
    qmp.close();
  }

  @Override
  public RunState state() {
    if (!process.isAlive()) {
      return RunState.GONE;
    }
    if (!(qmp.execute("query-status", GLANCE) instanceof Done<JsonNode> status)) {
      // its main loop waits for a page: it does so only for a guest that runs
      return process.isAlive() ? RunState.RUNNING : RunState.GONE;
    }
    return switch (status.value().path("status").asText()) {
      case "running" -> RunState.RUNNING;
      case "inmigrate", "prelaunch" -> RunState.WAITING;
      default -> RunState.STOPPED;
    };
  }

  @Override
  public Outcome<VmActivity> activity() {
    return process
        .cpuNanos(VCPU_THREADS)
        .then(nanos -> Outcome.done(new VmActivity(System.nanoTime(), nanos, 0)));
  }

  @Override
  public Outcome<Nothing> stop() {
    return execute("stop", Map.of()).then(done -> Outcome.done());
  }

  @Override
  public Outcome<Nothing> run() {
    Outcome<Nothing> running = execute("cont", Map.of()).then(done -> Outcome.done());
    if (running.isDone()) {
      announce();
    }
    return running;
  }

  @Override
  public OptionalLong runsSinceNanos() {
    return qmp.resumedNanos();
  }

  // not waited for: the VM runs already, and its main loop may wait for a page
  private void announce() {
    qmp.tell("announce-self", Map.of("initial", 20, "max", 200, "rounds", 5, "step", 50));
  }

  // A migration of a running VM sends what is not in its file (firmware) while the VM runs on, and
  // stops it for its vCPUs and devices alone.
  @Override
  public Outcome<Departure> leave(WritableByteChannel descriptor) {
    long began = System.nanoTime();
    return save(descriptor)
        .then(bytes -> Outcome.done(new Departure(bytes, qmp.stoppedNanos().orElse(began))));
  }

  @Override
  public Outcome<Long> save(WritableByteChannel descriptor) {
    try {
      Files.deleteIfExists(stream());
      try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
          Selector selector = Selector.open()) {
        listener.bind(UnixDomainSocketAddress.of(stream()));
        listener.configureBlocking(false);
        listener.register(selector, SelectionKey.OP_ACCEPT);
        // again: an earlier Jettison may have started it
        Outcome<JsonNode> begun =
            capable()
                .then(done -> qmp.move("migrate", Map.of("uri", "unix:" + stream()), PATIENCE));
        if (!begun.isDone()) {
          return begun.then(never -> Outcome.done(0L));
        }
        selector.select(PATIENCE.toMillis());
        SocketChannel channel = listener.accept();
        if (channel == null) {
          return Outcome.refused("QEMU does not send its state", "see its log in " + place.run());
        }
        try (channel) {
          long length = copy(channel, descriptor);
          return completed().then(done -> Outcome.done(length));
        }
      } finally {
        Files.deleteIfExists(stream());
      }
    } catch (IOException e) {
      return cancelled(e);
    }
  }

  // the stream is closed by now: QEMU's side of it fails, and the VM can be continued
  private Outcome<Long> cancelled(IOException e) {
    Outcome<JsonNode> unused = execute("migrate_cancel", Map.of());
    return Outcome.refused("its state cannot be sent: " + e.getMessage(), "try again");
  }

  private static long copy(ReadableByteChannel from, WritableByteChannel to) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(CHUNK);
    long length = 0;
    while (from.read(bytes.clear()) >= 0) {
      bytes.flip();
      length += bytes.remaining();
      while (bytes.hasRemaining()) {
        to.write(bytes);
      }
    }
    return length;
  }

  private Outcome<Nothing> completed() {
    if (qmp.moved(PATIENCE) instanceof Done<String> end && end.value().equals("completed")) {
      return Outcome.done();
    }
    // it failed, or the connection by which it would have been heard was lost meanwhile
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      if (!(execute("query-migrate", Map.of()) instanceof Done<JsonNode> answer)) {
        return Outcome.refused(
            "QEMU does not take the state: " + VmmProcess.lastWords(place.run()),
            "use the same QEMU on both hosts");
      }
      switch (answer.value().path("status").asText()) {
        case "completed" -> {
          return Outcome.done();
        }
        case "failed", "cancelled" -> {
          String why = answer.value().path("error-desc").asText("it does not say why");
          return Outcome.refused("QEMU's migration failed: " + why, "see its log");
        }
        default -> LockSupport.parkNanos(POLL_NANOS);
      }
    }
    return Outcome.refused("QEMU's migration does not end", "see its log in " + place.run());
  }

  @Override
  public Outcome<Nothing> load(ReadableByteChannel descriptor) {
    Outcome<Nothing> loaded = tryLoad(descriptor);
    if (!loaded.isDone()) {
      kill();
    }
    return loaded;
  }

  /** Readies one that was started to wait for a state; a refusal ends it. */
  Outcome<QemuVmm> awaitState() {
    Outcome<Nothing> listens = listening();
    if (!listens.isDone()) {
      kill();
    }
    return listens.then(done -> Outcome.done(this));
  }

  private Outcome<Nothing> listening() {
    if (listens) {
      return Outcome.done();
    }
    try {
      Files.deleteIfExists(stream());
    } catch (IOException e) {
      return Outcome.refused(stream() + " cannot be removed: " + e.getMessage(), "remove it");
    }
    return qmp.move("migrate-incoming", Map.of("uri", "unix:" + stream()), PATIENCE)
        .then(
            done -> {
              listens = true;
              return Outcome.done();
            });
  }

  private Outcome<Nothing> tryLoad(ReadableByteChannel descriptor) {
    try {
      Outcome<Nothing> listening = listening();
      if (!listening.isDone()) {
        return listening;
      }
      try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(UnixDomainSocketAddress.of(stream()));
        copy(descriptor, channel);
        channel.shutdownOutput();
        return completed();
      } finally {
        Files.deleteIfExists(stream());
      }
    } catch (IOException e) {
      return Outcome.refused(
          "QEMU did not load the state: "
              + e.getMessage()
              + "; "
              + VmmProcess.lastWords(place.run()),
          "use the same QEMU on both hosts");
    }
  }
}
