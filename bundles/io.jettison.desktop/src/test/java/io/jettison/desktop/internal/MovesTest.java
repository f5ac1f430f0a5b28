package io.jettison.desktop.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Refused;
import io.jettison.desktop.internal.Moment.Point;
import io.jettison.vm.Stay;
import io.jettison.vm.VmHost.Progress;
import io.jettison.vm.VmState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Moves of an emulated guest between two hosts, with everything real but the distance. */
class MovesTest {
  @TempDir Path base;

  private static void assertNothingIsWrong(TwoHosts hosts) throws Exception {
    assertThat(hosts.status().state()).isEqualTo(VmState.LOCAL);
    var verified = hosts.guest("verify");
    assertThat(verified.get("pages")).isGreaterThanOrEqualTo(TwoHosts.WORKLOAD_PAGES);
    assertThat(verified.get("bad")).isZero();
    assertThat(hosts.guest("disk-verify").get("bad")).isZero();
  }

  @Test
  void threeCycles() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      for (int cycle = 0; cycle < 3; cycle++) {
        long downtime = hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
        assertThat(downtime).isPositive();
        assertThat(hosts.status().state()).isEqualTo(VmState.REMOTE);
        assertThat(hosts.guest("touch 300").get("bad")).isZero();
        assertThat(hosts.guest("dirty 200").get("bad")).isZero();
        assertThat(hosts.guest("disk-write 100").get("bad")).isZero();
        assertThat(hosts.guest("disk-check 200").get("bad")).isZero();
        Stay stay = hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).orThrow();
        assertThat(stay.pagesDirty()).isBetween(150L, 3000L);
        assertThat(stay.pagesFetched()).isBetween(300L, 5000L);
        assertThat(stay.pagesPopulated()).isGreaterThanOrEqualTo(TwoHosts.WORKLOAD_PAGES);
        assertThat(stay.descriptorBytes()).isGreaterThan(100_000);
        assertThat(stay.faults()).isPositive();
        assertThat(stay.blocksDirty()).isBetween(80L, 2000L);
        assertThat(stay.blocksFetched()).isBetween(80L, 400L);
        assertNothingIsWrong(hosts);
        assertThat(hosts.server().vms()).isEmpty();
      }
    }
  }

  @Test
  void aConsolidationGivenUpAtAnyStepLeavesTheVmRunningAtHome() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      List<String> steps = new ArrayList<>();
      for (int abortAt = 1; ; abortAt++) {
        int[] step = {0};
        int at = abortAt;
        Outcome<Long> outcome =
            hosts
                .desktop()
                .consolidate(
                    TwoHosts.VM,
                    what -> {
                      if (++step[0] == at) {
                        steps.add(what);
                        throw new CancellationException(what);
                      }
                    });
        if (outcome.isDone()) {
          break;
        }
        assertThat(((Refused<Long>) outcome).reason()).contains("cancelled");
        assertNothingIsWrong(hosts);
      }
      assertThat(steps).hasSizeGreaterThanOrEqualTo(3);
      hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).orThrow();
      assertNothingIsWrong(hosts);
    }
  }

  @Test
  void aReturnGivenUpBeforeItsCommitLeavesTheVmRunningOnTheServer() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
      for (int abortAt = 1; ; abortAt++) {
        assertThat(hosts.guest("dirty 100").get("bad")).isZero();
        assertThat(hosts.guest("disk-write 20").get("bad")).isZero();
        int[] step = {0};
        int at = abortAt;
        Outcome<Stay> outcome =
            hosts
                .desktop()
                .reintegrate(
                    TwoHosts.VM,
                    what -> {
                      if (++step[0] == at) {
                        throw new CancellationException(what);
                      }
                    });
        if (outcome.isDone()) {
          assertThat(abortAt).isGreaterThan(4);
          break;
        }
        assertThat(hosts.status().state()).isEqualTo(VmState.REMOTE);
        assertThat(hosts.guest("touch 100").get("bad")).isZero();
      }
      assertNothingIsWrong(hosts);
    }
  }

  @Test
  void aVmThatTakesMoreThanTheServerHasIsSentHome() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base, 20L << 20)) {
      hosts.boot();
      hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
      assertThat(hosts.guest("verify").get("bad")).isZero();
      TwoHosts.await("its return", () -> hosts.status().state() == VmState.LOCAL);
      assertNothingIsWrong(hosts);
      TwoHosts.await(
          "the server has learned what it takes",
          () ->
              hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE)
                      instanceof Refused<Long> refused
                  && refused.reason().contains("no room"));
    }
  }

  @Test
  void aReturnThatTheServerAskedForIsTriedAgainIfItFails() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
      assertThat(hosts.guest("dirty 50").get("bad")).isZero();
      hosts
          .moment()
          .arm(
              Point.RETURN,
              1,
              () -> {
                throw new IllegalStateException("a return that fails");
              });
      hosts.server().reintegrate("desk/" + TwoHosts.VM, Progress.NONE).orThrow();
      assertThat(hosts.moment().disarm()).isTrue();
      TwoHosts.await("it is at home", () -> hosts.status().state() == VmState.LOCAL);
      assertNothingIsWrong(hosts);
    }
  }

  @Test
  void whatAPartialVmGivesBackStaysAsItIs() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
      assertThat(hosts.guest("dirty 200").get("bad")).isZero();
      assertThat(hosts.guest("discard 500").get("bad")).isZero();
      hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).orThrow();
      assertNothingIsWrong(hosts);
    }
  }

  /** Touches few pages from report to report until some were there, and leaves most absent. */
  private static void awaitUseOfKept(TwoHosts hosts) throws Exception {
    Stay before;
    do {
      before = hosts.status().stay().orElseThrow();
      long faults = before.faults();
      assertThat(hosts.guest("touch 5").get("bad")).isZero();
      TwoHosts.await("a report", () -> hosts.status().stay().orElseThrow().faults() != faults);
    } while (hosts.status().stay().orElseThrow().pagesKept() <= before.pagesKept());
  }

  @Test
  void whatTheServerKeptOfTheLastStayIsNotFetchedAgain() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
      assertThat(hosts.guest("verify").get("bad")).isZero();
      Stay first = hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).orThrow();
      assertThat(first.waits()).isGreaterThan(1000);
      assertThat(hosts.guest("dirty 100").get("bad")).isZero();

      hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
      awaitUseOfKept(hosts);
      assertThat(hosts.guest("touch 1000").get("bad")).isZero();
      hosts.stopServer();
      hosts.startServer();
      awaitUseOfKept(hosts);
      assertThat(hosts.guest("touch 3000").get("bad")).isZero();
      Stay second = hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).orThrow();
      assertThat(second.bytesToServer()).isLessThan(first.bytesToServer() / 2);
      assertNothingIsWrong(hosts);
    }
  }

  @Test
  void aServerThatRestartsFreezesTheVmAndGoesOn() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
      assertThat(hosts.guest("dirty 100").get("bad")).isZero();
      hosts.stopServer();
      ExecutorService pool = Executors.newSingleThreadExecutor();
      Future<Long> touched = pool.submit(() -> hosts.guest("touch 3000").get("bad"));
      hosts.startServer();
      assertThat(touched.get()).isZero();
      pool.shutdown();
      assertThat(hosts.guest("dirty 100").get("bad")).isZero();
      hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).orThrow();
      assertNothingIsWrong(hosts);
    }
  }

  @Test
  void aDesktopThatRestartsTakesUpWhatItLeft() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      hosts.stopDesktop();
      hosts.startDesktop();
      TwoHosts.await("it is found at home", () -> hosts.status().state() == VmState.LOCAL);
      assertNothingIsWrong(hosts);
      hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
      hosts.stopDesktop();
      hosts.startDesktop();
      TwoHosts.await("it is found remote", () -> hosts.status().state() == VmState.REMOTE);
      assertThat(hosts.guest("touch 500").get("bad")).isZero();
      hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).orThrow();
      assertNothingIsWrong(hosts);
    }
  }

  @Test
  void theServerAsksTheDesktopToFetchIt() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
      TwoHosts.await(
          "the desktop watches",
          () -> hosts.server().reintegrate("desk/pc", Progress.NONE).isDone());
      TwoHosts.await("it is home", () -> hosts.status().state() == VmState.LOCAL);
      assertNothingIsWrong(hosts);
    }
  }

  @Test
  void whatCannotBeIsRefusedWithAWayOut() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      assertThat(refusal(hosts.desktop().consolidate("nobody", Progress.NONE)))
          .contains("no VM 'nobody'")
          .contains("pc");
      assertThat(refusal(hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE)))
          .contains("is off")
          .contains("jettison boot pc");
      hosts.boot();
      CountDownLatch begun = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      ExecutorService pool = Executors.newSingleThreadExecutor();
      Future<Outcome<Long>> first =
          pool.submit(
              () ->
                  hosts
                      .desktop()
                      .consolidate(
                          TwoHosts.VM,
                          step -> {
                            begun.countDown();
                            uninterruptibly(goOn);
                          }));
      begun.await();
      assertThat(refusal(hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE)))
          .contains("busy: it is being consolidated");
      goOn.countDown();
      first.get().orThrow();
      pool.shutdown();
      assertThat(refusal(hosts.desktop().powerOff(TwoHosts.VM, Progress.NONE)))
          .contains("jettison reintegrate pc");
      assertThat(refusal(hosts.desktop().recover(TwoHosts.VM, Progress.NONE))).contains("not lost");
      hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).orThrow();
      hosts.stopServer();
      assertThat(refusal(hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE)))
          .contains("cannot be reached");
      assertNothingIsWrong(hosts);
      hosts.startServer();
      hosts.desktop().powerOff(TwoHosts.VM, Progress.NONE).orThrow();
      assertThat(hosts.status().state()).isEqualTo(VmState.OFF);
    }
  }

  private static void uninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static String refusal(Outcome<?> outcome) {
    assertThat(outcome).isInstanceOf(Refused.class);
    return ((Refused<?>) outcome).oneLine();
  }
}
