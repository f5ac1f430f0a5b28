package io.jettison.caesar.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.Quantity;
import io.jettison.api.caesar.ContextHandler;
import io.jettison.api.caesar.ContextHandler.After;
import io.jettison.api.caesar.SuspendCycle;
import io.jettison.api.power.PowerController.WakeReason;
import io.jettison.caesar.internal.GuardedHandler.Call;
import io.jettison.caesar.internal.GuardedHandler.Stage;
import io.jettison.wire.wake.WakePacket;
import io.jettison.wire.wake.WakePacketCodec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One sleep after the other.
 *
 * <pre>
 *             suspending: presuspend all            woke, served: resume, resuspend
 *   RUNNING ─────────────────────────────→ SUSPENDED ──────────┐
 *      ↑                                    │      ↑            │
 *      └──── woke, else: postsuspend all ───┘      └────────────┘
 * </pre>
 *
 * The monitor is held while handlers run: for their time limit at most.
 */
@Component(immediate = true, configurationPid = "io.jettison.caesar") // keeps what sleeps
@Designate(ocd = Caesar.Config.class)
public final class Caesar implements SuspendCycle {
  private static final Logger LOG = LoggerFactory.getLogger(Caesar.class);

  /** Section [caesar]. */
  @ObjectClassDefinition(name = "Context-aware selective resume")
  public @interface Config {
    /** Limit. */
    @AttributeDefinition(
        description = "how long a context handler may take for one call before all is resumed")
    String limit() default "2 s";
  }

  private final Contexts contexts = new Contexts();
  private final Duration limit;
  private boolean suspended;

  /** From the configuration. */
  @Activate
  public Caesar(Config config) {
    this(Quantity.duration(config.limit()).orThrow());
  }

  Caesar(Duration limit) {
    this.limit = limit;
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addHandler(ContextHandler handler, Map<String, Object> properties) {
    contexts.add(handler, properties);
  }

  void removeHandler(ContextHandler handler) {
    contexts.remove(handler);
  }

  @Override
  public synchronized void suspending() {
    if (!suspended) {
      suspended = true;
      all("presuspend", ContextHandler::presuspend, handler -> true)
          .forEach(
              (handler, outcome) ->
                  handler.stage(outcome.isDone() ? Stage.PREPARED : Stage.FAILED));
    }
  }

  @Override
  public synchronized Decision woke(WakeReason reason, Optional<ByteBuffer> packet) {
    if (!suspended) {
      return new Decision(After.FULL_RESUME, "it did not sleep");
    }
    long began = System.nanoTime();
    Outcome<String> served = serve(reason, packet);
    Decision decision;
    if (served instanceof Refused<String> refused) {
      resumeAll();
      decision = new Decision(After.FULL_RESUME, refused.reason());
    } else {
      decision = new Decision(After.RESUSPEND, served.orThrow());
    }
    LOG.info(
        "woke by {}: {}, {} ({} ms)",
        reason,
        decision.after(),
        decision.reason(),
        (System.nanoTime() - began) / 1_000_000);
    return decision;
  }

  /** A selective resume: what was served; refused if all is to be resumed. */
  private Outcome<String> serve(WakeReason reason, Optional<ByteBuffer> packet) {
    if (reason != WakeReason.NETWORK || packet.isEmpty()) {
      return full("it was not woken by a packet");
    }
    Optional<WakePacket> found = WakePacketCodec.find(packet.get());
    if (found.isEmpty() || found.get().context().isEmpty()) {
      return full("the packet has no context");
    }
    long id = found.get().context().getAsLong();
    Optional<GuardedHandler> handler = contexts.find(id);
    if (handler.isEmpty()) {
      return full("nobody here serves context " + Contexts.name(id));
    }
    return resume(handler.get(), found.get().rest());
  }

  private static <T> Outcome<T> full(String why) {
    return Outcome.refused(why, "all is resumed");
  }

  private Outcome<String> resume(GuardedHandler handler, ByteBuffer arguments) {
    return prepared(handler)
        .then(nothing -> handler.call("resume", served -> served.resume(arguments), limit))
        .then(
            after ->
                after == After.RESUSPEND
                    ? handler.call("resuspend", quietly(ContextHandler::resuspend), limit)
                    : full("the handler of context " + handler + " wants it"))
        .then(nothing -> Outcome.done("context " + handler + " was served"));
  }

  /** Also one that came while the PC slept. */
  private Outcome<Nothing> prepared(GuardedHandler handler) {
    switch (handler.stage()) {
      case PREPARED -> {
        return Outcome.done();
      }
      case FAILED -> {
        return full("the handler of context " + handler + " failed before the sleep");
      }
      case UNTOLD -> {
        Outcome<Nothing> outcome =
            handler.call("presuspend", quietly(ContextHandler::presuspend), limit);
        handler.stage(outcome.isDone() ? Stage.PREPARED : Stage.FAILED);
        return outcome;
      }
    }
    throw new AssertionError(handler.stage());
  }

  private void resumeAll() {
    suspended = false;
    Predicate<GuardedHandler> told = handler -> handler.stage() != Stage.UNTOLD;
    all("postsuspend", ContextHandler::postsuspend, told)
        .keySet()
        .forEach(handler -> handler.stage(Stage.UNTOLD));
  }

  /** Calls handlers at the same time, and waits for all until the limit. */
  private Map<GuardedHandler, Outcome<Nothing>> all(
      String what, Consumer<ContextHandler> function, Predicate<GuardedHandler> which) {
    List<Call<Nothing>> calls = new ArrayList<>();
    for (GuardedHandler handler : contexts.all()) {
      if (which.test(handler)) {
        calls.add(handler.begin(what, quietly(function)));
      }
    }
    long deadline = System.nanoTime() + limit.toNanos();
    Map<GuardedHandler, Outcome<Nothing>> outcomes = new LinkedHashMap<>();
    calls.forEach(call -> outcomes.put(call.handler(), call.await(deadline)));
    return outcomes;
  }

  private static Function<ContextHandler, Nothing> quietly(Consumer<ContextHandler> function) {
    return handler -> {
      function.accept(handler);
      return Nothing.NOTHING;
    };
  }
}
