package io.jettison.caesar.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.caesar.ContextHandler;
import io.jettison.api.caesar.ContextHandler.After;
import io.jettison.api.caesar.SuspendCycle.Decision;
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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CaesarTest {
  private static final long ID = 0x4142434445464748L;

  /** Writes down what it is told. */
  private static class Noting implements ContextHandler {
    final List<String> calls = new ArrayList<>();

    @Override
    public void presuspend() {
      calls.add("presuspend");
    }

    @Override
    public After resume(ByteBuffer arguments) {
      calls.add("resume " + arguments.getLong() + (arguments.hasRemaining() ? " and more" : ""));
      return After.RESUSPEND;
    }

    @Override
    public void resuspend() {
      calls.add("resuspend");
    }

    @Override
    public void postsuspend() {
      calls.add("postsuspend");
    }
  }

  private final Caesar caesar = new Caesar(Duration.ofSeconds(20));

  private static Map<String, Object> id(long id) {
    return Map.of(ContextHandler.CONTEXT_ID, id);
  }

  private static Optional<ByteBuffer> packet(long id, long argument) {
    return Optional.of(
        WakePacketCodec.encode(
            new Target(2, InetAddress.getLoopbackAddress()),
            Optional.of(new Context(id, argument))));
  }

  private Decision wake(long argument) {
    return caesar.woke(WakeReason.NETWORK, packet(ID, argument));
  }

  @Test
  void aMatchingContextIsServedAndThePcSleepsAgain() {
    Noting handler = new Noting();
    Noting other = new Noting();
    caesar.addHandler(handler, id(ID));
    caesar.addHandler(other, id(ID + 1));
    caesar.suspending();
    assertThat(wake(7)).isEqualTo(new Decision(After.RESUSPEND, "context ABCDEFGH was served"));
    assertThat(wake(8).after()).isEqualTo(After.RESUSPEND);
    assertThat(caesar.woke(WakeReason.USER, Optional.empty()).after()).isEqualTo(After.FULL_RESUME);
    assertThat(handler.calls)
        .containsExactly(
            "presuspend", "resume 7", "resuspend", "resume 8", "resuspend", "postsuspend");
    assertThat(other.calls).containsExactly("presuspend", "postsuspend");
    assertThat(caesar.woke(WakeReason.USER, Optional.empty()).reason())
        .isEqualTo("it did not sleep");
    assertThat(other.calls).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource(WakeReason.class)
  void withoutAContextThatSomebodyServesAllIsResumed(WakeReason reason) {
    caesar.addHandler(new Noting(), id(ID));
    List<Optional<ByteBuffer>> packets =
        List.of(
            Optional.empty(),
            packet(ID + 1, 7),
            Optional.of(ByteBuffer.allocate(0)),
            Optional.of(ByteBuffer.allocate(200)),
            Optional.of(
                WakePacketCodec.encode(
                    new Target(2, InetAddress.getLoopbackAddress()), Optional.empty())));
    for (Optional<ByteBuffer> packet : packets) {
      caesar.suspending();
      assertThat(caesar.woke(reason, packet).after()).isEqualTo(After.FULL_RESUME);
    }
    caesar.suspending();
    assertThat(caesar.woke(reason, packet(ID, 7)).after())
        .isEqualTo(reason == WakeReason.NETWORK ? After.RESUSPEND : After.FULL_RESUME);
  }

  @Test
  void aHandlerThatWantsItGetsAFullResume() {
    Noting handler =
        new Noting() {
          @Override
          public After resume(ByteBuffer arguments) {
            return After.FULL_RESUME;
          }
        };
    caesar.addHandler(handler, id(ID));
    caesar.suspending();
    assertThat(wake(7))
        .isEqualTo(new Decision(After.FULL_RESUME, "the handler of context ABCDEFGH wants it"));
    assertThat(handler.calls).containsExactly("presuspend", "postsuspend");
  }

  @Test
  void anArgumentThatIsNotThereIsTheHandlersFailure() {
    Noting handler = new Noting();
    caesar.addHandler(handler, id(ID));
    caesar.suspending();
    ByteBuffer cut = packet(ID, 7).orElseThrow();
    cut.limit(WakePacketCodec.CONTEXT_BYTES + 7);
    Decision decision = caesar.woke(WakeReason.NETWORK, Optional.of(cut));
    assertThat(decision.after()).isEqualTo(After.FULL_RESUME);
    assertThat(decision.reason()).contains("BufferUnderflowException");
    assertThat(handler.calls).containsExactly("presuspend", "postsuspend");
  }

  @Test
  void aHandlerThatHangsBlocksNeitherTheResumeNorLaterSleeps() throws Exception {
    Caesar hasty = new Caesar(Duration.ofSeconds(2));
    CountDownLatch interrupted = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    Noting stuck =
        new Noting() {
          @Override
          public After resume(ByteBuffer arguments) {
            while (true) {
              try {
                released.await();
                return After.RESUSPEND;
              } catch (InterruptedException e) {
                interrupted.countDown(); // and it hangs on
              }
            }
          }
        };
    Noting other = new Noting();
    hasty.addHandler(stuck, id(ID));
    hasty.addHandler(other, id(ID + 1));
    hasty.suspending();
    long began = System.nanoTime();
    assertThat(hasty.woke(WakeReason.NETWORK, packet(ID, 7)).reason()).contains("in time");
    assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(10));
    assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(other.calls).containsExactly("presuspend", "postsuspend");

    hasty.suspending(); // it still hangs: out of the game, and the others are not
    assertThat(hasty.woke(WakeReason.NETWORK, packet(ID, 7)).after()).isEqualTo(After.FULL_RESUME);
    assertThat(stuck.calls).containsExactly("presuspend");
    assertThat(other.calls).hasSize(4);

    released.countDown(); // it is back, once its thread has ended
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    After after = After.FULL_RESUME;
    while (after == After.FULL_RESUME && System.nanoTime() < end) {
      hasty.suspending();
      after = hasty.woke(WakeReason.NETWORK, packet(ID, 7)).after();
    }
    assertThat(after).isEqualTo(After.RESUSPEND);
  }

  @Test
  void aHandlerReplacedWhileThePcSleepsServes() {
    Noting old = new Noting();
    Noting fresh = new Noting();
    caesar.addHandler(old, id(ID));
    caesar.suspending();
    caesar.removeHandler(old);
    caesar.addHandler(fresh, id(ID));
    assertThat(wake(7).after()).isEqualTo(After.RESUSPEND);
    assertThat(wake(8).after()).isEqualTo(After.RESUSPEND);
    caesar.removeHandler(fresh);
    assertThat(wake(9).reason()).isEqualTo("nobody here serves context ABCDEFGH");
    assertThat(fresh.calls)
        .containsExactly("presuspend", "resume 7", "resuspend", "resume 8", "resuspend");
    assertThat(old.calls).containsExactly("presuspend");
  }

  @Test
  void theHighestRankingOfAnIdServesAndOneWithoutAnIdDoesNot() {
    Noting low = new Noting();
    Noting high = new Noting();
    Noting none = new Noting();
    caesar.addHandler(low, id(ID));
    caesar.addHandler(high, Map.of(ContextHandler.CONTEXT_ID, ID, "service.ranking", 1));
    caesar.addHandler(none, Map.of(ContextHandler.CONTEXT_ID, "ABCDEFGH"));
    caesar.suspending();
    assertThat(wake(7).after()).isEqualTo(After.RESUSPEND);
    caesar.removeHandler(high);
    assertThat(wake(8).after()).isEqualTo(After.RESUSPEND);
    assertThat(high.calls).containsExactly("presuspend", "resume 7", "resuspend");
    assertThat(low.calls).containsExactly("presuspend", "resume 8", "resuspend");
    assertThat(none.calls).isEmpty();
  }

  @Test
  void aContextWithoutLettersIsShownAsANumber() {
    assertThat(Contexts.name(7)).isEqualTo("0x7");
    assertThat(Contexts.name(-1)).isEqualTo("0xffffffffffffffff");
  }
}
