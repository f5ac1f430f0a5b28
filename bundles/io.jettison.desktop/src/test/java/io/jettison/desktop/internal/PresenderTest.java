package io.jettison.desktop.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome;
import io.jettison.api.memory.Pages;
import io.jettison.vm.Stay;
import io.jettison.vm.VmHost.Progress;
import io.jettison.vm.VmState;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes ahead of a return, in two hosts with everything real but the distance. */
class PresenderTest {
  /** Some of them twice: the guest has four times as many pages to choose from. */
  private static final int MANY = 3000;

  @TempDir Path base;

  private static void assertNothingIsWrong(TwoHosts hosts) throws Exception {
    assertThat(hosts.status().state()).isEqualTo(VmState.LOCAL);
    assertThat(hosts.guest("verify").get("bad")).isZero();
    assertThat(hosts.guest("disk-verify").get("bad")).isZero();
    assertThat(hosts.hasStaging()).isFalse();
  }

  private static long came(TwoHosts hosts) {
    return hosts.status().stay().orElseThrow().bytesToDesktop();
  }

  private static Outcome<Stay> home(TwoHosts hosts) {
    return hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE);
  }

  @Test
  void onlyWhatSettledComesAheadAndOnlyTheRestLater() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      hosts.presend();
      assertThat(hosts.hasStaging()).isFalse();
      hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();

      assertThat(hosts.guest("dirty " + MANY).get("bad")).isZero();
      hosts.presend();
      long nothing = came(hosts);
      hosts.presend();
      long ahead = came(hosts);
      hosts.presend();
      long again = came(hosts);
      assertThat(nothing).isLessThan(10L * Pages.SIZE);
      assertThat(ahead).isGreaterThan(100 * nothing);
      assertThat(again - ahead).isLessThan(ahead / 10);
      assertThat(hosts.status().state()).isEqualTo(VmState.REMOTE);

      assertThat(hosts.guest("dirty " + MANY / 10).get("bad")).isZero();
      Stay stay = home(hosts).orThrow();
      assertThat(stay.bytesToDesktop()).isGreaterThan(again);
      assertThat(stay.bytesToDesktop() - again).isLessThan(ahead);
      assertThat(stay.pagesDirty()).isBetween(MANY / 2L, 2L * MANY);
      assertNothingIsWrong(hosts);
    }
  }

  @Test
  void whatBrokeOffIsSentAgain() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
      for (int message = 1; message < 4; message++) {
        assertThat(hosts.guest("dirty " + MANY).get("bad")).isZero();
        hosts.presend();
        hosts.calls().cutAt(message);
        hosts.presend();
        assertThat(hosts.hasStaging()).isFalse();
        assertThat(hosts.status().state()).isEqualTo(VmState.REMOTE);
      }
      hosts.presend();
      assertThat(hosts.hasStaging()).isTrue();
      home(hosts).orThrow();
      assertNothingIsWrong(hosts);
    }
  }

  @Test
  void aDesktopThatRestartsBeginsAnew() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
      assertThat(hosts.guest("dirty " + MANY).get("bad")).isZero();
      hosts.presend();
      hosts.presend();
      hosts.stopDesktop();
      hosts.leaveStaging();
      hosts.startDesktop();
      TwoHosts.await("it is found remote", () -> hosts.status().state() == VmState.REMOTE);
      assertThat(hosts.hasStaging()).isFalse();
      hosts.presend();
      assertThat(hosts.guest("dirty " + MANY).get("bad")).isZero();
      home(hosts).orThrow();
      assertNothingIsWrong(hosts);
    }
  }

  @Test
  void aReturnDoesNotWaitForIt() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
      assertThat(hosts.guest("dirty " + MANY).get("bad")).isZero();
      hosts.presend();
      ExecutorService pool = Executors.newSingleThreadExecutor();
      CompletableFuture<Outcome<Stay>> back = new CompletableFuture<>();
      hosts
          .calls()
          .at(
              3,
              () -> {
                pool.execute(() -> back.complete(home(hosts)));
                await(hosts, VmState.REINTEGRATING);
              });
      hosts.presend();
      back.get().orThrow();
      pool.shutdown();
      assertNothingIsWrong(hosts);
    }
  }

  // The link's thread waits here: the round that is under way cannot end before.
  private static void await(TwoHosts hosts, VmState state) {
    try {
      TwoHosts.await(state.name(), () -> hosts.status().state() == state);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void noPageIsEverWrongWhateverHappens(long seed) throws Exception {
    Random random = new Random(seed);
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      for (int step = 0; step < 20; step++) {
        if (hosts.status().state() == VmState.LOCAL) {
          assertNothingIsWrong(hosts);
          hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
        }
        happen(hosts, random);
        TwoHosts.await("it is known where it is", () -> isKnown(hosts.status().state()));
      }
      if (hosts.status().state() == VmState.REMOTE) {
        TwoHosts.await("it comes home", () -> home(hosts).isDone());
      }
      assertNothingIsWrong(hosts);
    }
  }

  private static boolean isKnown(VmState state) {
    return state == VmState.LOCAL || state == VmState.REMOTE;
  }

  private static void happen(TwoHosts hosts, Random random) throws Exception {
    switch (random.nextInt(8)) {
      case 0, 1 -> {
        assertThat(hosts.guest("dirty " + random.nextInt(MANY)).get("bad")).isZero();
        assertThat(hosts.guest("disk-write 50").get("bad")).isZero();
        hosts.presend();
      }
      case 2 -> hosts.presend();
      case 3 -> {
        hosts.calls().cutAt(1 + random.nextInt(40));
        hosts.presend();
        hosts.calls().mend();
      }
      case 4 -> {
        int[] left = {1 + random.nextInt(5)};
        home(
            hosts,
            () -> {
              if (--left[0] == 0) {
                throw new CancellationException();
              }
            });
      }
      case 5 -> {
        hosts.calls().cutAt(1 + random.nextInt(60));
        home(hosts, () -> {});
        hosts.calls().mend();
      }
      case 6 -> {
        hosts.stopDesktop();
        hosts.startDesktop();
      }
      default -> {
        hosts.stopServer();
        hosts.startServer();
      }
    }
  }

  /** It may come home or not. */
  private static void home(TwoHosts hosts, Runnable atEachStep) {
    Outcome<Stay> unused = hosts.desktop().reintegrate(TwoHosts.VM, step -> atEachStep.run());
  }
}
