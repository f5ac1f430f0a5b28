package io.jettison.caesar.memory.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome;
import io.jettison.api.caesar.ContextHandler.After;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.api.memory.Residual;
import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.transport.Transport;
import io.jettison.api.wake.Waker.Context;
import io.jettison.api.wake.Waker.Target;
import io.jettison.memsrv.Memsrv.Serving;
import io.jettison.memsrv.internal.PageServer;
import io.jettison.memtap.Memtap.Tap;
import io.jettison.memtap.internal.FaultService;
import io.jettison.transport.tcp.internal.TcpTransport;
import io.jettison.wire.HelloCodec;
import io.jettison.wire.Welcome;
import io.jettison.wire.WelcomeCodec;
import io.jettison.wire.WireException;
import io.jettison.wire.wake.MemoryContext;
import io.jettison.wire.wake.WakePacketCodec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two VMs on a server, the page service of their PC, and a cable that is dead while it sleeps. */
class MemoryHandlerTest {
  private static final int PAGES = 5000;

  /** Longer than the machine may stand still between two requests. */
  private static final Duration LINGER = Duration.ofSeconds(2);

  private static final Duration LONG = Duration.ofSeconds(30);

  private final TcpTransport transport = new TcpTransport();
  private final FaultService memtap = new FaultService("");
  private final PageServer memsrv = new PageServer(transport, "desk");
  private final Map<String, TestGuest> guests = new HashMap<>();
  private final Map<String, Tap> taps = new HashMap<>();
  private final List<Serving> servings = new ArrayList<>();
  private Transport.Port port;
  private Cable cable;

  private record Numbered(MemoryMap map) implements Residual {
    @Override
    public PageSet populated() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void read(long pfn, ByteBuffer into) {
      for (int i = 0; into.hasRemaining(); i += Long.BYTES) {
        into.putLong(pfn + (i >> Pages.SHIFT) + 1);
      }
    }

    @Override
    public void close() {}
  }

  private final class Door implements LinkHandler {
    private @Nullable LinkHandler next;

    @Override
    public void message(Link link, ByteBuffer message) {
      if (next != null) {
        next.message(link, message);
        return;
      }
      try {
        Outcome<LinkHandler> handler = memtap.attach(HelloCodec.decode(message));
        ByteBuffer bytes = ByteBuffer.allocate(WelcomeCodec.MAX_BYTES);
        WelcomeCodec.encode(Welcome.accepted(), bytes);
        link.begin(bytes.flip().remaining()).put(bytes);
        link.end();
        link.flush();
        next = handler.orThrow();
        next.opened(link);
      } catch (WireException e) {
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

  @BeforeEach
  void consolidate() throws Exception {
    port =
        transport.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), link -> new Door());
    cable = new Cable(port.address());
    for (String vm : List.of("a", "b")) {
      TestGuest guest = new TestGuest(PAGES);
      guests.put(vm, guest);
      taps.put(vm, memtap.open(vm, 5, guest));
      servings.add(memsrv.serve(vm, 5, new Numbered(guest.map()), cable.address()));
      guest.touch(0);
      guest.await(0);
    }
    cable.sleep();
  }

  @AfterEach
  void close() throws Exception {
    memsrv.close();
    memtap.close();
    cable.close();
    port.close();
    transport.close();
    for (TestGuest guest : guests.values()) {
      guest.close();
    }
  }

  private static ByteBuffer arguments(Context context) {
    Target target = new Target(2, InetAddress.getLoopbackAddress());
    return WakePacketCodec.find(WakePacketCodec.encode(target, Optional.of(context)))
        .orElseThrow()
        .rest();
  }

  private MemoryHandler handler(Duration most) {
    return new MemoryHandler(memsrv, LINGER, most);
  }

  @Test
  void thePageComesAndAllElseThatVmsWaitFor() throws Exception {
    for (int pfn = 10; pfn < 20; pfn++) {
      guests.get("a").touch(pfn);
      guests.get("b").touch(pfn);
    }
    cable.wake();
    assertThat(handler(LONG).resume(arguments(MemoryContext.of("a", 10))))
        .isEqualTo(After.RESUSPEND);
    for (int pfn = 10; pfn < 20; pfn++) {
      assertThat(guests.get("a").has(pfn)).isTrue();
      assertThat(guests.get("b").has(pfn)).isTrue();
    }
    assertThat(taps.get("a").counters().links()).isEqualTo(2);
  }

  @Test
  void thePageLeavesOverTheLinkFromBeforeTheSleep() throws Exception {
    long asked = taps.get("a").counters().bytesSent();
    guests.get("a").touch(10);
    while (taps.get("a").counters().bytesSent() == asked) {
      Thread.onSpinWait(); // a PC is woken for what its server has asked for
    }
    cable.wakeForOldConnections();
    // no fresh link: the page has come all the same
    assertThat(handler(Duration.ofMillis(500)).resume(arguments(MemoryContext.of("a", 10))))
        .isEqualTo(After.FULL_RESUME);
    guests.get("a").await(10);
    assertThat(taps.get("a").counters().links()).isEqualTo(1);
    cable.wake();
    guests.get("b").touch(11);
    guests.get("b").await(11); // it is still being called
  }

  @Test
  void thePaperPacketNamesNoVm() throws Exception {
    guests.get("b").touch(7);
    cable.wake();
    assertThat(handler(LONG).resume(arguments(new Context(MemoryContext.ID, 7))))
        .isEqualTo(After.RESUSPEND);
    assertThat(guests.get("b").has(7)).isTrue();
    assertThat(guests.get("a").has(7)).isFalse();
  }

  @Test
  void whatItCannotServeIsAFullResume() {
    cable.wake();
    MemoryHandler handler = handler(LONG);
    assertThat(handler.resume(arguments(MemoryContext.of("c", 7)))).isEqualTo(After.FULL_RESUME);
    assertThat(handler.resume(ByteBuffer.allocate(7))).isEqualTo(After.FULL_RESUME);
    servings.forEach(Serving::close);
    assertThat(handler.resume(arguments(new Context(MemoryContext.ID, 7))))
        .isEqualTo(After.FULL_RESUME);
  }

  @Test
  void aServerThatDoesNotAnswerIsAFullResume() {
    long began = System.nanoTime();
    assertThat(handler(Duration.ofMillis(300)).resume(arguments(MemoryContext.of("a", 7))))
        .isEqualTo(After.FULL_RESUME);
    assertThat(System.nanoTime() - began).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(300));
  }

  @Test
  void aVmThatDoesNotComeToRestGetsTheWholePc() throws Exception {
    cable.wake();
    TestGuest guest = guests.get("a");
    Thread busy =
        new Thread(
            () -> {
              try {
                for (long pfn = 10; pfn < PAGES; pfn++) {
                  guest.touch(pfn);
                  guest.await(pfn);
                  TimeUnit.MILLISECONDS.sleep(5); // what it does with the page
                }
              } catch (IOException | InterruptedException e) {
                // the test is over
              }
            });
    busy.start();
    try {
      assertThat(handler(LINGER.multipliedBy(2)).resume(arguments(MemoryContext.of("a", 10))))
          .isEqualTo(After.FULL_RESUME);
    } finally {
      busy.interrupt();
      busy.join();
    }
  }

  @Test
  void onePageAfterAnotherIsServedInOneResume() throws Exception {
    guests.get("a").touch(1);
    cable.wake();
    Thread vm =
        new Thread(
            () -> {
              try {
                for (long pfn = 1; pfn <= 30; pfn++) {
                  guests.get("a").touch(pfn);
                  guests.get("a").await(pfn);
                }
              } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    vm.start();
    assertThat(handler(LONG).resume(arguments(MemoryContext.of("a", 1))))
        .isEqualTo(After.RESUSPEND);
    assertThat(guests.get("a").has(30)).isTrue();
    vm.join();
  }
}
