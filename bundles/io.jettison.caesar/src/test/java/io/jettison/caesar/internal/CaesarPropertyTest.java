package io.jettison.caesar.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.caesar.ContextHandler;
import io.jettison.api.caesar.ContextHandler.After;
import io.jettison.api.power.PowerController.WakeReason;
import io.jettison.api.wake.Waker.Context;
import io.jettison.api.wake.Waker.Target;
import io.jettison.wire.wake.WakePacketCodec;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.statistics.Statistics;

/** Whatever handlers do and whenever they come and go, the PC is not lost. */
class CaesarPropertyTest {
  private static final int HANDLERS = 3;

  /** What a handler does in one of its calls. */
  enum Conduct {
    WELL,
    WANTS_ALL,
    THROWS,
    ERROR,
    HANGS
  }

  /** What happens. */
  enum Kind {
    SUSPEND,
    WAKE_FOR,
    WAKE_BY_USER,
    COMES,
    GOES
  }

  record Event(Kind kind, int handler) {}

  /** When a handler misbehaves. */
  enum Where {
    PRESUSPEND,
    RESUME,
    RESUSPEND,
    POSTSUSPEND
  }

  record Nature(Conduct conduct, Where where) {}

  /** Checks the order of its calls against what the API says. */
  private static final class Checked implements ContextHandler {
    private final Nature nature;
    private final CountDownLatch end;
    private Where last = Where.POSTSUSPEND;
    private String wrong = "";
    private boolean hung;

    Checked(Nature nature, CountDownLatch end) {
      this.nature = nature;
      this.end = end;
    }

    private synchronized boolean called(Where where, boolean allowed) {
      if (!allowed || hung) {
        wrong = where + " after " + last + (hung ? ", which hangs" : "");
      }
      last = where;
      hung = nature.where == where && nature.conduct == Conduct.HANGS;
      return nature.where == where;
    }

    private void act() {
      switch (nature.conduct) {
        case THROWS -> throw new IllegalStateException("as it is");
        case ERROR -> throw new NoClassDefFoundError("gone");
        case HANGS -> {
          while (end.getCount() > 0) {
            try {
              end.await();
            } catch (InterruptedException e) {
              // it hangs on
            }
          }
        }
        default -> {}
      }
    }

    private synchronized Where last() {
      return last;
    }

    private synchronized String wrong() {
      return wrong;
    }

    @Override
    public void presuspend() {
      if (called(Where.PRESUSPEND, last() == Where.POSTSUSPEND)) {
        act();
      }
    }

    @Override
    public After resume(ByteBuffer arguments) {
      if (called(Where.RESUME, last() == Where.PRESUSPEND || last() == Where.RESUSPEND)) {
        act();
        return nature.conduct == Conduct.WANTS_ALL ? After.FULL_RESUME : After.RESUSPEND;
      }
      return After.RESUSPEND;
    }

    @Override
    public void resuspend() {
      if (called(Where.RESUSPEND, last() == Where.RESUME)) {
        act();
      }
    }

    @Override
    public void postsuspend() {
      if (called(Where.POSTSUSPEND, last() != Where.POSTSUSPEND)) {
        act();
      }
    }
  }

  @Provide
  Arbitrary<List<Event>> events() {
    return Combinators.combine(
            Arbitraries.of(Kind.class), Arbitraries.integers().between(0, HANDLERS - 1))
        .as(Event::new)
        .list()
        .ofMinSize(10)
        .ofMaxSize(40);
  }

  @Provide
  Arbitrary<List<Nature>> natures() {
    // hanging takes real time
    Arbitrary<Conduct> conducts =
        Arbitraries.frequencyOf(
            Tuple.of(6, Arbitraries.just(Conduct.WELL)),
            Tuple.of(3, Arbitraries.of(Conduct.WANTS_ALL, Conduct.THROWS, Conduct.ERROR)),
            Tuple.of(1, Arbitraries.just(Conduct.HANGS)));
    return Combinators.combine(conducts, Arbitraries.of(Where.class))
        .as(Nature::new)
        .list()
        .ofSize(HANDLERS);
  }

  @Property(tries = 150)
  void thePcIsNotLost(
      @ForAll("events") List<Event> events, @ForAll("natures") List<Nature> natures) {
    CountDownLatch end = new CountDownLatch(1);
    boolean anyHangs = natures.stream().anyMatch(one -> one.conduct == Conduct.HANGS);
    // long enough for all that do not hang, and waited for only where one does
    Caesar caesar = new Caesar(anyHangs ? Duration.ofMillis(300) : Duration.ofSeconds(60));
    Checked[] there = new Checked[HANDLERS];
    List<Checked> all = new ArrayList<>();
    boolean asleep = false;
    boolean anyServed = false;
    try {
      for (Event event : events) {
        int number = event.handler();
        switch (event.kind()) {
          case SUSPEND -> {
            caesar.suspending();
            asleep = true;
          }
          case WAKE_FOR -> {
            Checked handler = there[number];
            After after = caesar.woke(WakeReason.NETWORK, packet(number)).after();
            boolean served = served(asleep, handler);
            if (!anyHangs || !served) {
              assertThat(after).isEqualTo(served ? After.RESUSPEND : After.FULL_RESUME);
            }
            asleep = after == After.RESUSPEND;
            anyServed |= asleep;
          }
          case WAKE_BY_USER -> {
            assertThat(caesar.woke(WakeReason.USER, packet(number)).after())
                .isEqualTo(After.FULL_RESUME);
            asleep = false;
          }
          case COMES -> {
            if (there[number] == null) {
              there[number] = new Checked(natures.get(number), end);
              all.add(there[number]);
              caesar.addHandler(
                  there[number], Map.of(ContextHandler.CONTEXT_ID, Long.valueOf(number)));
            }
          }
          case GOES -> {
            if (there[number] != null) {
              caesar.removeHandler(there[number]);
              there[number] = null;
            }
          }
        }
        for (Checked handler : all) {
          // beside one that hangs, a slow machine may make others late
          assertThat(handler.wrong()).matches(anyHangs ? "(?!.*hangs).*" : "");
        }
        for (Checked handler : there) {
          if (handler != null && !asleep && !anyHangs) {
            assertThat(handler.last()).isEqualTo(Where.POSTSUSPEND);
          }
        }
      }
    } finally {
      end.countDown();
    }
    covered("one was served", anyServed, 5);
    covered("one hung", all.stream().anyMatch(handler -> handler.hung), 0.5);
  }

  /** So that the property says something. */
  private static void covered(String what, boolean was, double percent) {
    Statistics.label(what)
        .collect(was)
        .coverage(checker -> checker.check(true).percentage(p -> p >= percent));
  }

  /** Whether a wake for a handler ends in another sleep. */
  private static boolean served(boolean asleep, Checked handler) {
    return asleep
        && handler != null
        && (handler.nature.conduct == Conduct.WELL
            || handler.nature.where == Where.POSTSUSPEND
            || (handler.nature.conduct == Conduct.WANTS_ALL
                && handler.nature.where != Where.RESUME));
  }

  private static Optional<ByteBuffer> packet(long id) {
    return Optional.of(
        WakePacketCodec.encode(
            new Target(2, InetAddress.getLoopbackAddress()), Optional.of(new Context(id, 0))));
  }
}
