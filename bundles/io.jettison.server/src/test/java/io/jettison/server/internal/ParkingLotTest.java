package io.jettison.server.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ParkingLotTest {
  @Test
  void hasSoManyPlaces() {
    ParkingLot lot = new ParkingLot(2, 0, System::nanoTime);
    assertThat(lot.enter().isDone()).isTrue();
    assertThat(lot.enter().isDone()).isTrue();
    assertThat(lot.enter().isDone()).isFalse();
    lot.leave();
    assertThat(lot.enter().isDone()).isTrue();
    assertThat(new ParkingLot(0, 0, System::nanoTime).enter().isDone()).isFalse();
  }

  @Test
  void allOfThemTogetherKeepToTheRate() {
    AtomicLong now = new AtomicLong(5);
    ParkingLot lot = new ParkingLot(2, 1_000, now::get);
    assertThat(lot.grant(500)).isZero();
    assertThat(lot.grant(500)).isEqualTo(500_000_000L);
    assertThat(lot.grant(1_000)).isEqualTo(1_000_000_000L);
    now.addAndGet(10_000_000_000L);
    assertThat(lot.grant(1)).as("what was not used is not saved up").isZero();
    assertThat(lot.grant(1)).isEqualTo(1_000_000L);
  }

  @Test
  void withoutARateNobodyWaits() {
    ParkingLot lot = new ParkingLot(1, 0, System::nanoTime);
    assertThat(lot.grant(Long.MAX_VALUE / 2)).isZero();
    assertThat(lot.grant(Long.MAX_VALUE / 2)).isZero();
  }
}
