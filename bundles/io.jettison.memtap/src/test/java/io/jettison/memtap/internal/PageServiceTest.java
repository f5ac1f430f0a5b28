package io.jettison.memtap.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.api.memory.Residual;
import io.jettison.api.prefetch.PrefetchPolicy;
import io.jettison.api.prefetch.PrefetchPolicy.Known;
import io.jettison.api.prefetch.PrefetchPolicy.Plan;
import io.jettison.api.prefetch.PrefetchPolicy.Session;
import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.transport.Transport;
import io.jettison.api.wake.NeedSink;
import io.jettison.memsrv.Memsrv.Serving;
import io.jettison.memsrv.internal.Packing;
import io.jettison.memsrv.internal.PageServer;
import io.jettison.memtap.Memtap.Tap;
import io.jettison.transport.tcp.internal.TcpTransport;
import io.jettison.wire.HelloCodec;
import io.jettison.wire.Welcome;
import io.jettison.wire.WelcomeCodec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** memsrv and memtap with real links between them. */
class PageServiceTest {
  private static final int PAGES = 2000;

  private final TcpTransport transport = new TcpTransport();
  private final FaultService memtap = new FaultService("");
  private final PageServer memsrv = new PageServer(transport, "desk");
  private FakePagedMemory memory;
  private Transport.Port port;
  private int messagesToDrop = Integer.MAX_VALUE;
  private Random random = new Random(1);

  @BeforeEach
  void open() throws IOException {
    memory = new FakePagedMemory(PAGES);
    port =
        transport.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), link -> new Door());
  }

  @AfterEach
  void close() throws IOException {
    memsrv.close();
    memtap.close();
    port.close();
    transport.close();
    memory.close();
  }

  /** The server's reception, which also cuts links after a seeded number of messages. */
  private final class Door implements LinkHandler {
    private LinkHandler next;
    private int left =
        messagesToDrop == Integer.MAX_VALUE ? messagesToDrop : 1 + random.nextInt(messagesToDrop);

    @Override
    public void message(Link link, ByteBuffer message) {
      try {
        if (next == null) {
          Outcome<LinkHandler> handler = memtap.attach(HelloCodec.decode(message));
          Welcome welcome = handler.isDone() ? Welcome.accepted() : Welcome.refused("no", "no");
          ByteBuffer bytes = ByteBuffer.allocate(WelcomeCodec.MAX_BYTES);
          WelcomeCodec.encode(welcome, bytes);
          link.begin(bytes.flip().remaining()).put(bytes);
          link.end();
          link.flush();
          if (handler.isDone()) {
            next = handler.orThrow();
            next.opened(link);
          } else {
            link.close();
          }
        } else if (--left < 0) {
          link.close();
        } else {
          next.message(link, message);
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void closed(Link link, @Nullable Throwable cause) {
      if (next != null) {
        next.closed(link, cause);
      }
    }
  }

  /** Page n holds n everywhere; every third page is zero. */
  private static final class NumberedResidual implements Residual {
    @Override
    public MemoryMap map() {
      return MemoryMap.ofBytes(Pages.offset(PAGES));
    }

    @Override
    public PageSet populated() {
      PageSet set = new PageSet();
      for (long pfn = 0; pfn < PAGES; pfn++) {
        if (pfn % 3 != 0) {
          set.add(pfn);
        }
      }
      return set;
    }

    @Override
    public void read(long pfn, ByteBuffer into) {
      for (int i = 0; into.hasRemaining(); i += Long.BYTES) {
        long page = pfn + (i >> Pages.SHIFT);
        into.putLong(page % 3 == 0 ? 0 : page);
      }
    }

    @Override
    public void close() {}
  }

  private void touchAllAndCheck() throws IOException, InterruptedException {
    Random order = new Random(7);
    for (int i = 0; i < 4 * PAGES; i++) {
      memory.touch(order.nextInt(PAGES));
      if (i % 50 == 0) {
        memory.awaitNobodyWaits();
      }
    }
    memory.awaitNobodyWaits();
    for (long pfn = 0; pfn < PAGES; pfn++) {
      byte[] page = memory.contents(pfn);
      if (page != null) {
        ByteBuffer contents = ByteBuffer.wrap(page);
        while (contents.hasRemaining()) {
          assertThat(contents.getLong()).isEqualTo(pfn % 3 == 0 ? 0 : pfn);
        }
      }
    }
    assertThat(memory.installedTwice()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyPageComesOnceWithItsContents(boolean knowsZeros) throws Exception {
    Residual residual = new NumberedResidual();
    try (Tap tap = memtap.open("pc", 5, memory);
        Serving serving = memsrv.serve("pc", 5, residual, port.address())) {
      if (knowsZeros) {
        tap.populated(residual.populated());
      }
      touchAllAndCheck();
      long resident = memory.resident().size();
      assertThat(tap.counters().faults()).isEqualTo(resident);
      assertThat(tap.counters().fetched() + tap.counters().zero()).isEqualTo(resident);
      assertThat(serving.pagesSent()).isEqualTo(tap.counters().fetched());
      assertThat(tap.counters().latencyMaxNanos()).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void noFaultIsLostWhenLinksBreak(long seed) throws Exception {
    random = new Random(seed);
    messagesToDrop = 400;
    Residual residual = new NumberedResidual();
    try (Tap tap = memtap.open("pc", 5, memory);
        Serving serving = memsrv.serve("pc", 5, residual, port.address())) {
      tap.populated(residual.populated());
      touchAllAndCheck();
      assertThat(tap.counters().links()).isGreaterThan(2);
      assertThat(serving.linked()).isTrue();
    }
  }

  @Test
  void aPolicyFetchesAheadAndOneThatFailsIsLeftOut() throws Exception {
    Residual residual = new NumberedResidual();
    PrefetchPolicy eight = (vm, map) -> (pfn, known, plan) -> plan.propose(pfn + 1, 8);
    PrefetchPolicy broken =
        (vm, map) ->
            (pfn, known, plan) -> {
              throw new IllegalStateException("broken");
            };
    try (Tap tap = memtap.open("pc", 5, memory);
        Serving serving = memsrv.serve("pc", 5, residual, port.address())) {
      tap.populated(residual.populated());
      tap.running();
      memtap.addPolicy(eight, Map.of(PrefetchPolicy.NAME, "eight"));
      memory.touch(100);
      memory.awaitNobodyWaits();
      memtap.addPolicy(broken, Map.of(PrefetchPolicy.NAME, "broken", "service.ranking", 9));
      touchAllAndCheck();
      memtap.removePolicy(broken);
      assertThat(tap.counters().prefetched()).isPositive();
      assertThat(tap.counters().fetched()).isEqualTo(serving.pagesSent());
    }
  }

  @Test
  void anotherEpochIsNotServed() throws Exception {
    Residual residual = new NumberedResidual();
    try (Tap tap = memtap.open("pc", 5, memory);
        Serving stale = memsrv.serve("pc", 4, residual, port.address())) {
      memory.touch(1);
      try (Serving serving = memsrv.serve("pc", 5, residual, port.address())) {
        memory.awaitNobodyWaits();
        assertThat(stale.pagesSent()).isZero();
        assertThat(serving.pagesSent()).isEqualTo(1);
        assertThat(tap.counters().faults()).isEqualTo(1);
      }
    }
  }

  @Test
  void whatIsAskedBeforeTheVmHasLeftIsAnsweredWhenItHas() throws Exception {
    Residual residual = new NumberedResidual();
    try (Tap tap = memtap.open("pc", 5, memory);
        Serving serving = memsrv.prepare("pc", 5, residual, port.address())) {
      memory.touch(1);
      while (tap.counters().bytesSent() == 0) {
        Thread.onSpinWait();
      }
      assertThat(serving.pagesSent()).isZero();
      serving.begin();
      memory.awaitNobodyWaits();
      assertThat(serving.pagesSent()).isEqualTo(1);
    }
  }

  @Test
  void whatIsPushedAndNotWaitedForIsDropped() throws Exception {
    Residual residual = new NumberedResidual();
    try (Tap tap = memtap.open("pc", 5, memory);
        Serving serving = memsrv.prepare("pc", 5, residual, port.address())) {
      while (!tap.linked()) {
        Thread.onSpinWait();
      }
      assertThat(serving.push(1)).as("before the VM has left").isFalse();
      serving.begin();
      memory.touch(1);
      memory.awaitNobodyWaits();
      assertThat(serving.push(1)).isTrue(); // is there
      assertThat(serving.push(2)).isTrue(); // nobody touched it
      assertThat(serving.push(3)).isTrue(); // nor this, which is zero
      assertThat(serving.push(PAGES)).as("a page the VM has not").isFalse();
      memory.touch(4);
      memory.awaitNobodyWaits();
      assertThat(memory.contents(2)).isNull();
      assertThat(memory.contents(3)).isNull();
      touchAllAndCheck();
      assertThat(tap.counters().links()).isEqualTo(1);
      assertThat(tap.counters().fetched()).isEqualTo(serving.pagesSent() - 2);
    }
  }

  @RepeatedTest(10)
  void aFreshLinkTakesThePlaceOfTheOldAndNothingIsLost() throws Exception {
    Residual residual = new NumberedResidual();
    try (Tap tap = memtap.open("pc", 5, memory);
        Serving serving = memsrv.serve("pc", 5, residual, port.address())) {
      for (int round = 0; round < 20; round++) {
        CompletableFuture<Void> first = serving.relink().toCompletableFuture();
        CompletableFuture<Void> second = serving.relink().toCompletableFuture();
        for (int i = 0; i < 20; i++) {
          memory.touch(round * 20L + i);
        }
        first.get(20, TimeUnit.SECONDS);
        second.get(20, TimeUnit.SECONDS);
        assertThat(serving.linked()).isTrue();
        memory.awaitNobodyWaits();
      }
      touchAllAndCheck();
      assertThat(tap.counters().links()).isGreaterThanOrEqualTo(20);
    }
    assertThat(memsrv.served()).isEmpty();
  }

  /** Writes down what it is told. */
  private static final class Noting implements NeedSink {
    private final List<String> told = new CopyOnWriteArrayList<>();

    @Override
    public void asked(long item) {
      told.add("asked " + item);
    }

    @Override
    public void answered(long item) {
      told.add("answered " + item);
    }
  }

  @Test
  void whoWakesTheDesktopHearsWhatIsWaitedForAlsoWithoutALink() throws Exception {
    Noting noting = new Noting();
    Residual residual = new NumberedResidual();
    try (Tap tap = memtap.open("pc", 5, memory, noting)) {
      tap.populated(residual.populated());
      memory.touch(1);
      memory.touch(3); // zero: nobody is asked
      while (noting.told.isEmpty()) {
        Thread.onSpinWait();
      }
      try (Serving serving = memsrv.serve("pc", 5, residual, port.address())) {
        memory.awaitNobodyWaits();
        assertThat(serving.pagesSent()).isEqualTo(1);
      }
      assertThat(noting.told).containsExactly("asked 1", "asked 1", "answered 1");
    }
  }

  @Test
  void aPageThatWasOnlyFetchedAheadIsNeededOnceAVcpuWaits() throws Exception {
    Noting noting = new Noting();
    List<Long> hits = new CopyOnWriteArrayList<>();
    PrefetchPolicy next =
        (vm, map) ->
            new Session() {
              @Override
              public void fault(long pfn, Known known, Plan plan) {
                plan.propose(pfn + 1, 1);
              }

              @Override
              public void hit(long pfn, Known known, Plan plan) {
                hits.add(pfn);
              }
            };
    memtap.addPolicy(next, Map.of(PrefetchPolicy.NAME, "next"));
    Residual residual = new NumberedResidual();
    try (Tap tap = memtap.open("pc", 5, memory, noting);
        Serving serving = memsrv.prepare("pc", 5, residual, port.address())) {
      tap.running();
      while (!tap.linked()) {
        Thread.onSpinWait();
      }
      memory.touch(1); // and 2 ahead; nothing is answered before the VM has left
      memory.touch(2);
      while (!noting.told.contains("asked 2")) {
        Thread.onSpinWait();
      }
      serving.begin();
      memory.awaitNobodyWaits();
      assertThat(noting.told).startsWith("asked 1").contains("answered 1", "answered 2");
      assertThat(hits).containsExactly(2L);
    }
  }

  @Test
  void nobodyWaitsForALinkOfAServiceThatHasEnded() throws Exception {
    port.close();
    Serving serving = memsrv.serve("pc", 5, new NumberedResidual(), port.address());
    assertThat(memsrv.served()).extracting(Serving::vm).containsExactly("pc");
    CompletableFuture<Void> link = serving.relink().toCompletableFuture();
    assertThat(serving.push(1)).isFalse();
    serving.close();
    assertThat(link).isCancelled();
    assertThat(serving.relink().toCompletableFuture()).isCancelled();
  }

  @Test
  void whatIsKnownIsServedWithoutALink() throws Exception {
    Residual residual = new NumberedResidual();
    PrefetchPolicy eight = (vm, map) -> (pfn, known, plan) -> plan.propose(pfn + 1, 8);
    memtap.addPolicy(eight, Map.of(PrefetchPolicy.NAME, "eight"));
    try (Tap tap = memtap.open("pc", 5, memory)) {
      tap.populated(residual.populated());
      tap.running();
      try (Serving serving = memsrv.serve("pc", 5, residual, port.address())) {
        memory.touch(100);
        memory.awaitNobodyWaits();
        while (serving.pagesSent() < 6
            || tap.counters().prefetched() < 5) { // of 101 to 108, two in three have contents
          Thread.onSpinWait();
        }
      }
      memory.touch(101);
      memory.touch(102);
      memory.awaitNobodyWaits();
      assertThat(tap.counters().prefetchHits()).isEqualTo(1);
      assertThat(tap.counters().links()).isEqualTo(1);
    }
  }

  @Test
  void pagesArePackedWhereThatIsWanted() throws Exception {
    Residual residual = new NumberedResidual();
    PageServer packing = new PageServer(transport, "desk", Packing.When.ALWAYS);
    try (Tap tap = memtap.open("pc", 5, memory);
        Serving serving = packing.serve("pc", 5, residual, port.address())) {
      touchAllAndCheck();
      assertThat(serving.bytesSent()).isLessThan(serving.pagesSent() * Pages.SIZE / 10);
      assertThat(tap.counters().fetched()).isEqualTo(serving.pagesSent());
    } finally {
      packing.close();
    }
  }
}
