package io.jettison.desktop.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Refused;
import io.jettison.vm.Rehearsal.Move;
import io.jettison.vm.VmHost.Progress;
import io.jettison.vm.VmState;
import io.jettison.vm.VmStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Moves of a VM that nobody uses, beside one that somebody does. */
class RehearsalsTest {
  @TempDir Path base;
  private TwoHosts hosts;

  @BeforeEach
  void open() throws IOException {
    hosts = new TwoHosts(base, 8L << 30, new TwoHosts.Size(24, 4, 1, 6));
  }

  @AfterEach
  void close() throws IOException {
    hosts.close();
  }

  @Test
  void leavesNothingBehind() {
    try (Rehearsals rehearsals = hosts.rehearsals(0)) {
      List<String> steps = new ArrayList<>();
      List<Move> moves = rehearsals.rehearse(steps::add).orThrow();
      assertThat(moves)
          .hasSize(Rehearsals.TIMES)
          .allSatisfy(
              move -> {
                assertThat(move.driver()).isEqualTo("emulator");
                assertThat(move.outNanos()).isPositive();
                assertThat(move.backNanos()).isPositive();
              });
      assertThat(steps).anyMatch(step -> step.startsWith("rehearsal 12 of 12"));
      assertThat(hosts.desktop().vms()).extracting(VmStatus::name).containsExactly(TwoHosts.VM);
      assertThat(hosts.server().vms()).isEmpty();
      assertThat(rehearsals.rehearse(Progress.NONE).orThrow()).hasSize(Rehearsals.TIMES);
    }
  }

  @Test
  void goesOnBesideAUsersVm() throws Exception {
    hosts.boot();
    hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
    try (Rehearsals rehearsals = hosts.rehearsals(1)) {
      TwoHosts.await("it rehearses by itself", rehearsals::isRehearsed);
    }
    assertThat(hosts.status().state()).isEqualTo(VmState.REMOTE);
    assertThat(hosts.guest("verify").get("bad")).isZero();
    hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).orThrow();
    assertThat(hosts.guest("verify").get("bad")).isZero();
  }

  @Test
  void whoAsksMeanwhileTakesTheSameResult() throws Exception {
    try (Rehearsals rehearsals = hosts.rehearsals(0)) {
      CountDownLatch begun = new CountDownLatch(1);
      CompletableFuture<Outcome<List<Move>>> first =
          CompletableFuture.supplyAsync(() -> rehearsals.rehearse(step -> begun.countDown()));
      begun.await();
      Outcome<List<Move>> second = rehearsals.rehearse(Progress.NONE);
      assertThat(second.orThrow()).isEqualTo(first.get().orThrow());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void oneThatWasCutShortIsClearedUp(boolean serverLostIt) throws IOException {
    hosts.cutRehearsalShort();
    assertThat(hosts.server().vms()).hasSize(1);
    if (serverLostIt) {
      hosts.killRehearsal();
    }
    try (Rehearsals rehearsals = hosts.rehearsals(0)) {
      assertThat(rehearsals.rehearse(Progress.NONE).orThrow()).hasSize(Rehearsals.TIMES);
      assertThat(hosts.server().vms()).isEmpty();
    }
  }

  @Test
  void isRefusedWhereNoVmIsDescribed() {
    try (Rehearsals rehearsals = hosts.rehearsals(0)) {
      hosts.forget();
      assertThat(rehearsals.rehearse(Progress.NONE))
          .isInstanceOfSatisfying(
              Refused.class, refused -> assertThat(refused.remedy()).contains("[vm.qemu NAME]"));
    }
  }

  @Test
  void isRefusedWithoutAServerAndLeavesNothing() throws IOException {
    hosts.stopServer();
    try (Rehearsals rehearsals = hosts.rehearsals(0)) {
      assertThat(rehearsals.rehearse(Progress.NONE))
          .isInstanceOfSatisfying(
              Refused.class, refused -> assertThat(refused.reason()).contains("127.0.0.1"));
      hosts.startServer();
      assertThat(rehearsals.rehearse(Progress.NONE).orThrow()).hasSize(Rehearsals.TIMES);
    }
  }
}
