package io.jettison.desktop.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.power.PowerProfile;
import io.jettison.api.residency.ResidencyPolicy;
import io.jettison.api.residency.ResidencyPolicy.Choice;
import io.jettison.api.residency.ResidencyPolicy.Residency;
import io.jettison.api.residency.ResidencyPolicy.Stay;
import io.jettison.vm.Residence;
import io.jettison.vm.Residence.State;
import io.jettison.vm.VmHost.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A policy chooses how a VM has what it misses, and that is done. */
class ResidencesTest {
  /** Chooses what the test says. */
  private static final class Chosen implements Residences.Chooser {
    private final AtomicInteger asked = new AtomicInteger();
    private volatile Residency residency = Residency.MICROSLEEP;
    private volatile boolean fails;
    private volatile boolean sleeps = true;

    @Override
    public Optional<ResidencyComponent.Named> policy() {
      ResidencyPolicy policy = this::choose;
      return Optional.of(new ResidencyComponent.Named("chosen", 0, 0, policy));
    }

    private Choice choose(Stay stay) {
      asked.incrementAndGet();
      if (fails) {
        throw new IllegalStateException("a policy that fails");
      }
      return new Choice(residency, "the test says so");
    }

    @Override
    public Optional<PowerProfile> profile() {
      return sleeps
          ? Optional.of(new PowerProfile("test", 50, 5, 2, 80, 3, 100))
          : Optional.empty();
    }
  }

  @TempDir Path base;
  private final Chosen chosen = new Chosen();
  private final AtomicLong now = new AtomicLong();
  private TwoHosts hosts;
  private @Nullable Residences residences;

  @BeforeEach
  void open() throws IOException {
    hosts = new TwoHosts(base, 8L << 30, new TwoHosts.Size(24, 8, 1, 6));
    hosts.boot();
  }

  @AfterEach
  void close() throws IOException {
    if (residences != null) {
      residences.close();
    }
    hosts.close();
  }

  private void begin() {
    residences = hosts.residences(chosen, now::get);
  }

  private void leave() {
    hosts.desktop().consolidate(TwoHosts.VM, Progress.NONE).orThrow();
  }

  private Optional<Residence> residence() {
    return hosts.status().residence();
  }

  private void awaitState(State state) {
    try {
      TwoHosts.await(
          "the VM is " + state, () -> residence().filter(r -> r.state() == state).isPresent());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void awaitRounds(int rounds) throws InterruptedException {
    int asked = chosen.asked.get();
    TwoHosts.await("it is looked at again", () -> chosen.asked.get() >= asked + rounds);
  }

  @Test
  void whatIsChosenIsDoneAndShown() throws Exception {
    begin();
    assertThat(residence()).as("at home there is nothing to choose").isEmpty();
    leave();
    awaitState(State.MICROSLEEP);
    chosen.residency = Residency.PARK;
    awaitState(State.PARKED);
    Residence parked = residence().orElseThrow();
    assertThat(parked.policy()).isEqualTo("chosen");
    assertThat(parked.why()).isEqualTo("the test says so");
    assertThat(parked.left()).isZero();
    hosts.silenceDesktop();
    assertThat(hosts.guest("verify").get("bad")).isZero();
    hosts.unsilenceDesktop();
    hosts.desktop().reintegrate(TwoHosts.VM, Progress.NONE).orThrow();
    TwoHosts.await("it is at home", () -> residence().isEmpty());
    leave();
    awaitState(State.PARKED);
  }

  @Test
  void aParkStopsWhenTheChoiceChanges() throws Exception {
    hosts.stopServer();
    hosts.parkSlowly(64 << 10);
    hosts.startServer();
    chosen.residency = Residency.PARK;
    begin();
    leave();
    awaitState(State.PARKING);
    TwoHosts.await("it has begun", () -> hosts.server().isParking());
    chosen.residency = Residency.MICROSLEEP;
    awaitState(State.MICROSLEEP);
    TwoHosts.await("the server stops, too", () -> !hosts.server().isParking());
    assertThat(hosts.guest("verify").get("bad")).isZero();
  }

  @Test
  void nothingIsChosenForAPcThatNeverSleeps() throws Exception {
    chosen.residency = Residency.PARK;
    begin();
    leave();
    awaitState(State.PARKED);
    chosen.sleeps = false;
    TwoHosts.await("nothing is shown any more", () -> residence().isEmpty());
  }

  @Test
  void aPolicyThatFailsParksNothingAndIsAskedNoMore() throws Exception {
    chosen.fails = true;
    chosen.residency = Residency.PARK;
    begin();
    leave();
    awaitState(State.MICROSLEEP);
    assertThat(residence().orElseThrow().why()).contains("failed");
  }

  @Test
  void aParkThatIsRefusedIsTriedAgainLater() throws Exception {
    hosts.stopServer();
    hosts.parks(0);
    hosts.startServer();
    chosen.residency = Residency.PARK;
    begin();
    leave();
    awaitRounds(3); // refused, and the time for another try does not come by itself
    awaitState(State.MICROSLEEP);
    hosts.stopServer();
    hosts.parks(1);
    hosts.startServer();
    awaitRounds(2);
    assertThat(residence().orElseThrow().state()).isEqualTo(State.MICROSLEEP);
    TwoHosts.await(
        "the server has found it again",
        () -> {
          now.addAndGet(Duration.ofMinutes(10).toNanos());
          return residence().filter(r -> r.state() == State.PARKED).isPresent();
        });
  }
}
