package io.jettison.cownetdisk.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.Outcome;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.api.memory.Residual;
import io.jettison.api.prefetch.PrefetchPolicy;
import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.transport.Transport;
import io.jettison.cownetdisk.CowDisk;
import io.jettison.memsrv.Memsrv.Serving;
import io.jettison.memsrv.internal.Packing;
import io.jettison.memsrv.internal.PageServer;
import io.jettison.nbd.NbdTransmission;
import io.jettison.transport.tcp.internal.TcpTransport;
import io.jettison.wire.Hello;
import io.jettison.wire.HelloCodec;
import io.jettison.wire.Welcome;
import io.jettison.wire.WelcomeCodec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk whose blocks come from memsrv by real links. */
class RealLinkTest {
  private static final int BYTES = 1000 * Pages.SIZE - 100;

  @TempDir Path folder;
  private final byte[] image = new byte[BYTES];
  private final TcpTransport transport = new TcpTransport();
  private final DiskService service = new DiskService("next", 50, 10_000);
  private Transport.Port port;
  private Random random = new Random(1);
  private int mostMessages = Integer.MAX_VALUE;

  @BeforeEach
  void open() throws IOException {
    new Random(3).nextBytes(image);
    for (int block = 0; block < 999; block += 3) {
      Arrays.fill(image, block * Pages.SIZE, (block + 1) * Pages.SIZE, (byte) 0);
    }
    Arrays.fill(image, 500 * Pages.SIZE, 600 * Pages.SIZE, (byte) 7); // worth packing
    port =
        transport.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), link -> new Door());
  }

  @AfterEach
  void close() {
    service.close();
    port.close();
    transport.close();
  }

  private CowDisk disk() {
    VmSpec.Disk spec = new VmSpec.Disk("d", "/x", VmSpec.Disk.Kind.FOLLOWS, "raw", BYTES);
    return service.open("desk/pc", 5, spec, folder, folder, folder.resolve("sock")).orThrow();
  }

  private NbdClient client() throws IOException {
    return NbdClient.open(folder.resolve("sock"), true);
  }

  /** The server's reception, which also cuts links after some messages. */
  private final class Door implements LinkHandler {
    private LinkHandler next;
    private int left =
        mostMessages == Integer.MAX_VALUE ? mostMessages : random.nextInt(mostMessages);

    @Override
    public void message(Link link, ByteBuffer message) {
      if (next == null) {
        greet(link, message);
      } else if (--left < 0) {
        link.close();
      } else {
        next.message(link, message);
      }
    }

    private void greet(Link link, ByteBuffer message) {
      try {
        Hello hello = HelloCodec.decode(message);
        assertThat(hello.vm()).isEqualTo("pc/d");
        Outcome<LinkHandler> handler = service.attach(hello.of("desk/pc/d"));
        ByteBuffer bytes = ByteBuffer.allocate(WelcomeCodec.MAX_BYTES);
        WelcomeCodec.encode(
            handler.isDone() ? Welcome.accepted() : Welcome.refused("no", "no"), bytes);
        link.begin(bytes.flip().remaining()).put(bytes);
        link.end();
        link.flush();
        if (handler.isDone()) {
          next = handler.orThrow();
          next.opened(link);
        } else {
          link.close();
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

  /** The image as its desktop serves it. */
  private final class ImageResidual implements Residual {
    @Override
    public MemoryMap map() {
      return MemoryMap.ofBytes(BYTES);
    }

    @Override
    public PageSet populated() {
      return FakeDesktop.allocated(image);
    }

    @Override
    public void read(long pfn, ByteBuffer into) {
      int at = (int) Pages.offset(pfn);
      int length = Math.min(into.remaining(), BYTES - at);
      into.put(image, at, length);
      while (into.hasRemaining()) {
        into.put((byte) 0);
      }
    }

    @Override
    public void close() {}
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyBlockComesOnce(boolean packs) throws Exception {
    PageServer memsrv =
        new PageServer(transport, "desk", packs ? Packing.When.ALWAYS : Packing.When.NEVER);
    try (CowDisk disk = disk();
        Serving serving = memsrv.prepareBlocks("pc", "d", 5, new ImageResidual(), port.address());
        NbdClient client = client()) {
      serving.begin();
      assertThat(client.read(0, BYTES)).isEqualTo(image);
      assertThat(client.read(0, BYTES)).isEqualTo(image);
      assertThat(serving.pagesSent()).isEqualTo(disk.counters().fetched());
      assertThat(disk.counters().fetched() + disk.counters().zero()).isEqualTo(1000);
      assertThat(disk.counters().latencyMaxNanos()).isPositive();
      assertThat(disk.counters().bytesReceived()).isPositive();
    } finally {
      memsrv.close();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void noRequestIsLostWhenLinksBreak(long seed) throws Exception {
    random = new Random(seed);
    mostMessages = 200;
    PageServer memsrv = new PageServer(transport, "desk");
    try (CowDisk disk = disk();
        Serving serving = memsrv.prepareBlocks("pc", "d", 5, new ImageResidual(), port.address());
        NbdClient client = client()) {
      serving.begin();
      byte[] now = image.clone();
      for (int i = 0; i < 2000; i++) {
        int offset = random.nextInt(BYTES - 30_000);
        if (i % 5 == 0) {
          byte[] data = new byte[random.nextInt(100) + 1];
          random.nextBytes(data);
          assertThat(client.write(offset, data, 0)).isZero();
          System.arraycopy(data, 0, now, offset, data.length);
        } else {
          int length = 1 + random.nextInt(30_000);
          assertThat(client.read(offset, length))
              .isEqualTo(Arrays.copyOfRange(now, offset, offset + length));
        }
      }
      assertThat(disk.counters().links()).isGreaterThan(2);
    } finally {
      memsrv.close();
    }
  }

  @Test
  void aPolicyReadsAheadAndOneThatFailsIsLeftOut() throws Exception {
    PrefetchPolicy next = (vm, map) -> (block, known, plan) -> plan.propose(block + 1, 8);
    PrefetchPolicy broken =
        (vm, map) ->
            (block, known, plan) -> {
              throw new IllegalStateException("broken");
            };
    service.addPolicy(next, Map.of(PrefetchPolicy.NAME, "next"));
    PageServer memsrv = new PageServer(transport, "desk");
    try (CowDisk disk = disk();
        Serving serving = memsrv.prepareBlocks("pc", "d", 5, new ImageResidual(), port.address());
        NbdClient client = client()) {
      serving.begin();
      client.read(40_960, 4096);
      while (disk.counters().prefetched() < 8) {
        Thread.onSpinWait();
      }
      assertThat(client.read(45_056, 8192))
          .isEqualTo(Arrays.copyOfRange(image, 45_056, 45_056 + 8192));
      assertThat(disk.counters().prefetchHits()).isEqualTo(2);
      assertThat(disk.counters().waits()).isEqualTo(1);
      service.removePolicy(next);
      service.addPolicy(broken, Map.of(PrefetchPolicy.NAME, "next"));
      assertThat(client.read(0, BYTES)).isEqualTo(image);
    } finally {
      memsrv.close();
    }
  }

  @Test
  void cachedIsReadWithoutWaiting() throws Exception {
    PageServer memsrv = new PageServer(transport, "desk");
    try (CowDisk disk = disk();
        NbdClient client = client()) {
      try (Serving serving =
          memsrv.prepareBlocks("pc", "d", 5, new ImageResidual(), port.address())) {
        serving.begin();
        assertThat(client.perform(0, NbdTransmission.CACHE, 1, BYTES - 1)).isZero();
      }
      assertThat(client.read(0, BYTES)).isEqualTo(image);
      assertThat(disk.counters().waits()).isEqualTo(1);
    } finally {
      memsrv.close();
    }
  }
}
