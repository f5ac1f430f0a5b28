package io.jettison.memtap.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.PagedMemory;
import io.jettison.api.memory.Pages;
import io.jettison.api.memory.Residual;
import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.transport.Transport;
import io.jettison.memsrv.Memsrv.Serving;
import io.jettison.memsrv.internal.PageServer;
import io.jettison.memtap.Memtap.Tap;
import io.jettison.transport.tcp.internal.TcpTransport;
import io.jettison.wire.HelloCodec;
import io.jettison.wire.Welcome;
import io.jettison.wire.WelcomeCodec;
import io.jettison.wire.WireException;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The threads that carry faults and pages allocate nothing for them. */
class FaultPathAllocationTest {
  private static final int PAGES = 40_000;
  private static final int WARM = 20_000;

  /**
   * Less than the smallest object for each of two faults: what is left is now and then, not each.
   */
  private static final double BYTES_PER_FAULT = 8;

  /** Faults at one page after the other; itself allocates nothing. */
  private static final class QuietMemory implements PagedMemory, AutoCloseable {
    private final MemoryMap map = MemoryMap.ofBytes(Pages.offset(PAGES));
    private final FileDescriptor[] pipe = FileDescriptor.pipe();
    private final ByteBuffer written = ByteBuffer.allocateDirect(1);
    private final ByteBuffer read = ByteBuffer.allocateDirect(1);
    private volatile long wanted = -1;
    private volatile long got = -1;

    QuietMemory() throws IOException {}

    void touch(long pfn) throws IOException {
      wanted = pfn;
      pipe[1].write(written, 0, 1);
      while (got != pfn) {
        Thread.onSpinWait();
      }
    }

    @Override
    public MemoryMap map() {
      return map;
    }

    @Override
    public int descriptor() {
      return pipe[0].intValue();
    }

    @Override
    public int drain(FaultSink sink) {
      try {
        pipe[0].read(read, 0, 1);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      sink.fault(wanted, false);
      return 1;
    }

    @Override
    public Installed install(long pfn, ByteBuffer source, int at) {
      if (source.getLong(at) != pfn + 1) {
        throw new AssertionError("page " + pfn + " is wrong");
      }
      got = pfn;
      return Installed.INSTALLED;
    }

    @Override
    public Installed installZero(long pfn) {
      throw new AssertionError("page " + pfn + " is not zero");
    }

    @Override
    public void retry() {}

    @Override
    public PageSet resident() {
      return new PageSet();
    }

    @Override
    public PageSet dirty() {
      throw new UnsupportedOperationException();
    }

    @Override
    public PageSet harvest() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean tracksWrites() {
      return false;
    }

    @Override
    public void read(long pfn, ByteBuffer into) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() throws IOException {
      pipe[0].close();
      pipe[1].close();
    }
  }

  private record Numbered(MemoryMap map) implements Residual {
    @Override
    public PageSet populated() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void read(long pfn, ByteBuffer into) {
      into.putLong(into.position(), pfn + 1);
      into.position(into.limit());
    }

    @Override
    public void close() {}
  }

  /** The server's reception. */
  private static final class Door implements LinkHandler {
    private final FaultService memtap;
    private @Nullable LinkHandler next;

    Door(FaultService memtap) {
      this.memtap = memtap;
    }

    @Override
    public void message(Link link, ByteBuffer message) {
      if (next != null) {
        next.message(link, message);
        return;
      }
      try {
        next = memtap.attach(HelloCodec.decode(message)).orThrow();
        ByteBuffer bytes = ByteBuffer.allocate(WelcomeCodec.MAX_BYTES);
        WelcomeCodec.encode(Welcome.accepted(), bytes);
        link.begin(bytes.flip().remaining()).put(bytes);
        link.end();
        link.flush();
        next.opened(link);
      } catch (WireException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void closed(Link link, @Nullable Throwable cause) {}
  }

  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long[] links =
        Arrays.stream(threads.getAllThreadIds())
            .filter(id -> threads.getThreadInfo(id) != null)
            .filter(id -> threads.getThreadInfo(id).getThreadName().startsWith("jettison-link"))
            .toArray();
    return Arrays.stream(threads.getThreadAllocatedBytes(links)).sum();
  }

  @Test
  void nothingIsAllocatedForAFault() throws Exception {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED); // as jettisond does
    TcpTransport transport = new TcpTransport();
    FaultService memtap = new FaultService("");
    PageServer memsrv = new PageServer(transport, "desk");
    try (QuietMemory memory = new QuietMemory();
        Transport.Port port =
            transport.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                link -> new Door(memtap));
        Tap tap = memtap.open("pc", 5, memory);
        Serving serving = memsrv.serve("pc", 5, new Numbered(memory.map()), port.address())) {
      while (!tap.linked()) {
        Thread.onSpinWait();
      }
      for (long pfn = 0; pfn < WARM; pfn++) {
        memory.touch(pfn);
      }
      long before = allocated();
      for (long pfn = WARM; pfn < PAGES; pfn++) {
        memory.touch(pfn);
      }
      double bytes = (double) (allocated() - before) / (PAGES - WARM);
      System.out.printf("allocated for a fault: %.2f bytes%n", bytes);
      assertThat(serving.pagesSent()).isEqualTo(PAGES);
      assertThat(bytes).isLessThan(BYTES_PER_FAULT);
    } finally {
      memsrv.close();
      memtap.close();
      transport.close();
    }
  }
}
