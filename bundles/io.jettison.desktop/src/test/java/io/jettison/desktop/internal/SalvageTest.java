package io.jettison.desktop.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome.Refused;
import io.jettison.desktop.internal.TwoHosts.Size;
import io.jettison.vm.VmHost.Progress;
import io.jettison.vm.VmState;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a VM that the server lost wrote to its disk there comes home. */
class SalvageTest {
  @TempDir Path base;
  private TwoHosts hosts;

  @BeforeEach
  void leave() throws IOException {
    hosts = new TwoHosts(base, 8L << 30, new Size(24, 4, 1, 6));
    hosts.boot();
    hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
    assertThat(hosts.guest("disk-write 200").get("bad")).isZero();
  }

  @AfterEach
  void close() throws IOException {
    hosts.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWasFlushedComesHomeAndTheVmIsOff(boolean powerFails) throws Exception {
    GuestModel model = hosts.losePartialVm();
    if (powerFails) {
      hosts.stopServer();
      hosts.loseLiveMaps();
      hosts.startServer();
    }
    assertThat(model.wrong(hosts.image())).isPositive();
    TwoHosts.await(
        "the loss is known", () -> hosts.desktop().salvage(TwoHosts.VM, Progress.NONE).isDone());
    assertThat(hosts.status().state()).isEqualTo(VmState.OFF);
    assertThat(model.wrong(hosts.image())).isZero();
    assertThat(hosts.hasStaging()).isFalse();
    assertThat(hosts.server().vms()).isEmpty();
    hosts.boot();
    assertThat(hosts.guest("disk-verify").get("bad")).isZero();
  }

  @Test
  void isRefusedWhileTheServerHasTheVm() throws Exception {
    assertThat(hosts.desktop().salvage(TwoHosts.VM, Progress.NONE))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.reason()).contains("not lost"));
    assertThat(hosts.guest("disk-verify").get("bad")).isZero();
  }
}
