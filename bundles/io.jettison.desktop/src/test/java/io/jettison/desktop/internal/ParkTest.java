package io.jettison.desktop.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome;
import io.jettison.vm.Stay;
import io.jettison.vm.VmHost.Progress;
import io.jettison.vm.VmState;
import io.jettison.wire.control.ControlMessage.Parked;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A VM whose cold rest came to the server's disk. */
class ParkTest {
  @TempDir Path base;

  private static void leave(TwoHosts hosts) {
    hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
  }

  @Test
  void aParkedVmNeedsItsDesktopNoMore() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      assertThat(hosts.guest("disk-write 500").get("bad")).isZero();
      leave(hosts);
      assertThat(hosts.guest("touch 300").get("bad")).isZero();
      Parked parked = hosts.park().orThrow();
      assertThat(parked.left()).isZero();
      assertThat(parked.came()).isGreaterThan(TwoHosts.WORKLOAD_PAGES / 2);

      hosts.silenceDesktop();
      assertThat(hosts.guest("verify").get("bad")).isZero();
      assertThat(hosts.guest("disk-verify").get("bad")).isZero();
      assertThat(hosts.guest("dirty 200").get("bad")).isZero();
      assertThat(hosts.guest("disk-write 50").get("bad")).isZero();

      hosts.unsilenceDesktop();
      Stay stay = hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).orThrow();
      assertThat(stay.pagesKept()).isGreaterThan(TwoHosts.WORKLOAD_PAGES / 2);
      assertThat(hosts.guest("verify").get("bad")).isZero();
      assertThat(hosts.guest("disk-verify").get("bad")).isZero();
    }
  }

  @Test
  void theNextStayBringsOnlyWhatChanged() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      assertThat(hosts.guest("disk-write 500").get("bad")).isZero();
      leave(hosts);
      hosts.park().orThrow();
      assertThat(hosts.guest("disk-write 50").get("bad")).isZero();
      Stay first = hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).orThrow();
      assertThat(hosts.guest("dirty 300").get("bad")).isZero();
      assertThat(hosts.guest("disk-write 30").get("bad")).isZero();
      leave(hosts);
      TwoHosts.await("what was kept is compared", () -> hosts.park().isDone());
      Stay second = hosts.status().stay().orElseThrow();
      assertThat(second.bytesParked()).isLessThan(first.bytesParked() / 4);
      assertThat(first.blocksFetched()).isGreaterThan(300);
      hosts.silenceDesktop();
      assertThat(hosts.guest("verify").get("bad")).isZero();
      assertThat(hosts.guest("disk-verify").get("bad")).isZero();
      assertThat(hosts.guest("disk-write 20").get("bad")).isZero();
      hosts.unsilenceDesktop();
      Stay home = hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).orThrow();
      assertThat(home.blocksFetched()).isLessThan(first.blocksFetched() / 4);
      assertThat(hosts.guest("disk-verify").get("bad")).isZero();
    }
  }

  @Test
  void whatWasParkedOutlivesTheServersJvm() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.boot();
      leave(hosts);
      long first = hosts.park().orThrow().came();
      hosts.stopServer();
      hosts.startServer();
      TwoHosts.await("what was kept is compared", () -> hosts.park().isDone());
      assertThat(hosts.park().orThrow().came()).isLessThan(first / 10);
      hosts.silenceDesktop();
      assertThat(hosts.guest("verify").get("bad")).isZero();
    }
  }

  @Test
  void aReturnDoesNotWaitForAPark() throws Exception {
    try (TwoHosts hosts = new TwoHosts(base)) {
      hosts.stopServer();
      hosts.parkSlowly(1 << 20);
      hosts.startServer();
      hosts.boot();
      leave(hosts);
      CompletableFuture<Outcome<Parked>> parking = CompletableFuture.supplyAsync(hosts::park);
      TwoHosts.await("it has begun", () -> hosts.server().isParking());
      hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).orThrow();
      assertThat(hosts.status().state()).isEqualTo(VmState.LOCAL);
      assertThat(parking.join().isDone()).isFalse();
      assertThat(hosts.guest("verify").get("bad")).isZero();
    }
  }
}
