package io.jettison.caesar.memory.internal;

import io.jettison.api.Quantity;
import io.jettison.api.caesar.ContextHandler;
import io.jettison.memsrv.Memsrv;
import io.jettison.memsrv.Memsrv.Serving;
import io.jettison.wire.wake.MemoryContext;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Sends the page that the packet names, at once, over the link there was before the sleep: from
 * here to there it works, though what the server sends waits for a timer that backed off. Then
 * opens fresh links, over which VMs ask for whatever else they wait for, since a touched page is
 * seldom the last, and stays for as long as they do.
 */
@Component(
    configurationPid = "io.jettison.caesar.memory",
    property = ContextHandler.CONTEXT_ID + ":Long=" + MemoryContext.ID)
@Designate(ocd = MemoryHandler.Config.class)
public final class MemoryHandler implements ContextHandler {
  /** Section [caesar.memory]. */
  @ObjectClassDefinition(name = "Fast memory server")
  public @interface Config {
    /** Linger. */
    @AttributeDefinition(
        description = "how long after the last page was asked for the PC sleeps again")
    String linger() default "500 ms";

    /** Most. */
    @AttributeDefinition(
        description =
            "how long pages are served before all is resumed after all; less than `limit` in"
                + " [caesar]")
    String most() default "1500 ms";
  }

  private final Memsrv memsrv;
  private final long lingerNanos;
  private final long mostNanos;

  /** In the framework. */
  @Activate
  public MemoryHandler(@Reference Memsrv memsrv, Config config) {
    this(
        memsrv,
        Quantity.duration(config.linger()).orThrow(),
        Quantity.duration(config.most()).orThrow());
  }

  MemoryHandler(Memsrv memsrv, Duration linger, Duration most) {
    this.memsrv = memsrv;
    this.lingerNanos = linger.toNanos();
    this.mostNanos = most.toNanos();
  }

  /** Nothing to prepare: residuals stay open and links are there. */
  @Override
  public void presuspend() {}

  @Override
  public After resume(ByteBuffer arguments) {
    long deadline = System.nanoTime() + mostNanos;
    Optional<MemoryContext.Arguments> wanted = MemoryContext.read(arguments);
    List<Serving> served = memsrv.served();
    List<Serving> waiting =
        served.stream()
            .filter(serving -> wanted.filter(of -> isFor(of, serving)).isPresent())
            .toList();
    if (wanted.isEmpty() || waiting.isEmpty()) {
      return After.FULL_RESUME;
    }
    // without a link it is asked for over the fresh one
    waiting.forEach(serving -> serving.push(wanted.get().pfn()));
    return relink(served, deadline) && quiet(served, deadline)
        ? After.RESUSPEND
        : After.FULL_RESUME;
  }

  private static boolean isFor(MemoryContext.Arguments wanted, Serving serving) {
    String vm = serving.vm();
    boolean disk = vm.indexOf('/') >= 0;
    return wanted.vm() == MemoryContext.ANY ? !disk : wanted.vm() == MemoryContext.key(vm);
  }

  /** Whether the server has taken fresh links for all. */
  private static boolean relink(List<Serving> served, long deadline) {
    CompletableFuture<?>[] links =
        served.stream()
            .map(serving -> serving.relink().toCompletableFuture())
            .toArray(CompletableFuture<?>[]::new);
    try {
      CompletableFuture.allOf(links)
          .get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException | ExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Waits until nothing was asked for a while; false if that takes too long. */
  private boolean quiet(List<Serving> served, long deadline) {
    long begin = System.nanoTime();
    while (!Thread.currentThread().isInterrupted()) {
      long now = System.nanoTime();
      long idle = now - begin;
      for (Serving serving : served) {
        idle = Math.min(idle, now - serving.lastRequestNanos());
      }
      if (idle >= lingerNanos) {
        return true;
      }
      if (now - deadline >= 0) {
        return false;
      }
      LockSupport.parkNanos(this, Math.min(lingerNanos - idle, deadline - now));
    }
    return false;
  }

  @Override
  public void resuspend() {}

  @Override
  public void postsuspend() {}
}
