package io.jettison.pc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.memsrv.Memsrv.Serving;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RequestsTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5_000_000_000L); // may run over
  private final AtomicLong always = new AtomicLong(77);
  private final Requests requests = new Requests(nanos::get, always::get);

  private void pass(long seconds) {
    nanos.addAndGet(seconds * 1_000_000_000L);
    always.addAndGet(seconds * 1_000_000_000L + 3_000_000); // a coarser clock
  }

  @Test
  void aSleepCountsThoughOneClockStoodStill() {
    Asked vm = new Asked(nanos.get());
    Asked disk = new Asked(nanos.get() - 1_000);
    assertThat(requests.look(List.of(vm, disk), Duration.ZERO)).isEmpty();
    pass(4);
    disk.asked = nanos.get();
    assertThat(requests.newest(List.of(vm, disk))).hasValue(disk.asked);
    assertThat(requests.look(List.of(vm, disk), Duration.ZERO)).contains(Duration.ofSeconds(4));
    assertThat(requests.newest(List.of(vm, disk))).isEmpty();
    pass(2);
    always.addAndGet(3_600_000_000_000L); // asleep
    pass(1);
    requests.woke();
    vm.asked = nanos.get();
    Duration gap = requests.look(List.of(vm, disk), Duration.ofSeconds(6)).orElseThrow();
    assertThat(gap).isBetween(Duration.ofSeconds(3_596), Duration.ofSeconds(3_598));
    pass(2);
    vm.asked = nanos.get();
    assertThat(requests.look(List.of(vm), Duration.ofSeconds(6))).contains(Duration.ZERO);
  }

  /** Of a page service, when it was asked last. */
  private static final class Asked implements Serving {
    private long asked;

    Asked(long asked) {
      this.asked = asked;
    }

    @Override
    public void begin() {}

    @Override
    public long pagesSent() {
      return 0;
    }

    @Override
    public long bytesSent() {
      return 0;
    }

    @Override
    public long lastRequestNanos() {
      return asked;
    }

    @Override
    public boolean linked() {
      return true;
    }

    @Override
    public String vm() {
      return "work";
    }

    @Override
    public boolean push(long pfn) {
      return false;
    }

    @Override
    public CompletionStage<Void> relink() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
  }
}
