package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.PageSet;
import io.jettison.disksrv.Disksrv;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The disks that follow a VM, served to where it is. Thread-safe. */
final class ServedDisks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServedDisks.class);
  private static final long MAP_SECONDS = 10;

  private final List<Disksrv.Serving> servings;

  private ServedDisks(List<Disksrv.Serving> servings) {
    this.servings = List.copyOf(servings);
  }

  /** Nothing is answered before {@link #begin}. */
  static Outcome<ServedDisks> prepare(
      Context context, VmSpec spec, long epoch, InetSocketAddress server) {
    List<Disksrv.Serving> servings = new ArrayList<>();
    for (VmSpec.Disk disk : spec.following()) {
      Outcome<Disksrv.Serving> serving =
          context.disksrv().prepare(spec.name(), epoch, disk, server);
      if (serving instanceof Refused<Disksrv.Serving> refused) {
        servings.forEach(Disksrv.Serving::close);
        return refused.as();
      }
      servings.add(serving.orThrow());
    }
    return Outcome.done(new ServedDisks(servings));
  }

  /** The VM has stopped, and has written all it had. */
  void begin() {
    servings.forEach(Disksrv.Serving::begin);
  }

  int count() {
    return servings.size();
  }

  /**
   * The blocks of a disk that may hold something else than zeros.
   *
   * @throws IOException if that is not known soon
   */
  PageSet allocated(int disk, Executor background) throws IOException {
    CompletableFuture<PageSet> known = new CompletableFuture<>();
    background.execute(
        () -> {
          try {
            known.complete(servings.get(disk).allocated());
          } catch (IOException | RuntimeException e) {
            known.completeExceptionally(e);
          }
        });
    try {
      return known.get(MAP_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the disk's map is not known", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Reads consecutive blocks of a disk as they were at hand-over. */
  void read(int disk, long block, ByteBuffer into) throws IOException {
    servings.get(disk).read(block, into);
  }

  long bytesSent() {
    return servings.stream().mapToLong(Disksrv.Serving::bytesSent).sum();
  }

  /** Nothing is answered after this, and the images are closed. */
  @Override
  public void close() {
    for (Disksrv.Serving serving : servings) {
      try {
        serving.close();
      } catch (RuntimeException e) {
        LOG.error("a disk does not close", e);
      }
    }
  }
}
