package io.jettison.desktop.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.desktop.internal.Moment.Crash;
import io.jettison.desktop.internal.Moment.Point;
import io.jettison.desktop.internal.TwoHosts.Size;
import io.jettison.desktop.internal.TwoHosts.Snapshot;
import io.jettison.vm.VmHost.Progress;
import io.jettison.vm.VmState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Once a return is committed it is brought to its end, whatever happens then. */
class CommittedTest {
  @TempDir Path base;
  private TwoHosts hosts;

  @BeforeEach
  void sendAway() throws IOException {
    hosts = new TwoHosts(base, 8L << 30, new Size(24, 4, 1, 6));
    hosts.boot();
    hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
    assertThat(hosts.guest("disk-write 100").get("bad")).isZero();
  }

  @AfterEach
  void close() throws IOException {
    hosts.close();
  }

  private void assertHome() throws Exception {
    TwoHosts.await("it is home", () -> hosts.status().state() == VmState.LOCAL);
    assertThat(hosts.guest("verify").get("bad")).isZero();
    assertThat(hosts.guest("disk-verify").get("bad")).isZero();
    assertThat(hosts.wrongInImage()).isZero();
    TwoHosts.await("the server lets go of it", () -> hosts.server().vms().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 30, 60})
  void aMergeThatFailedHalfWayIsDoneAgain(int at) throws Exception {
    hosts
        .moment()
        .arm(
            Point.MERGE,
            at,
            () -> {
              throw new UncheckedIOException(new IOException("no room on the disk"));
            });
    assertThat(hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).isDone()).isFalse();
    assertThat(hosts.moment().disarm()).isTrue();
    assertHome();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 30, 60})
  void thePowerFailsDuringTheMerge(int at) throws Exception {
    AtomicReference<Snapshot> then = new AtomicReference<>();
    AtomicReference<GuestModel> model = new AtomicReference<>();
    hosts
        .moment()
        .arm(
            Point.MERGE,
            at,
            () -> {
              try {
                then.set(hosts.desktopNow());
                model.set(hosts.model());
              } catch (IOException e) {
                throw new AssertionError(e);
              }
              hosts.silenceDesktop();
              throw new Crash();
            });
    assertThatThrownBy(() -> hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE))
        .isInstanceOf(Crash.class);
    hosts.stopDesktop();
    then.get().restore(false);
    assertThat(model.get().wrong(hosts.image())).isPositive();
    hosts.startDesktop();
    TwoHosts.await("it is known to be off", () -> hosts.status().state() == VmState.OFF);
    assertThat(hosts.status().trouble()).contains("its disks are as it left them");
    assertThat(model.get().wrong(hosts.image())).isZero();
    assertThat(hosts.hasStaging()).isFalse();
    TwoHosts.await("the server lets go", () -> hosts.server().vms().isEmpty());
    hosts.boot();
    assertHome();
  }

  @Test
  void aServerThatWasNotToldOfTheReturnIsToldLater() throws Exception {
    hosts.moment().arm(Point.VMM, 1, hosts::cutLinks);
    hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).orThrow();
    assertThat(hosts.moment().disarm()).isTrue();
    assertHome();
    TwoHosts.await("that is noted", () -> hosts.status().peer().isEmpty());
  }
}
