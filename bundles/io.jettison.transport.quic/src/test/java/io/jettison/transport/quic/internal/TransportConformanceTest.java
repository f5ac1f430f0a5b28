package io.jettison.transport.quic.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.transport.Transport;
import io.jettison.transport.tcp.internal.TcpTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** What users of a transport rely on, of each transport there is. */
class TransportConformanceTest {
  private static final long SECONDS = 20;
  private static final int CALLERS = 4;
  private static final int LINKS_A_CALLER = 100;

  @TempDir Path folder;

  enum Kind {
    TCP,
    TLS,
    QUIC
  }

  /** A transport that can be closed. */
  private record Opened(Transport transport, Runnable closing) implements AutoCloseable {
    @Override
    public void close() {
      closing.run();
    }
  }

  private Opened open(Kind kind) {
    return open(kind, folder.resolve("keys"));
  }

  private static Opened open(Kind kind, Path keys) {
    if (kind == Kind.QUIC) {
      QuicTransport quic = new QuicTransport(keys);
      return new Opened(quic, quic::close);
    }
    TcpTransport tcp = kind == Kind.TLS ? new TcpTransport(keys) : new TcpTransport();
    return new Opened(tcp, tcp::close);
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static <T> T soon(BlockingQueue<T> queue) throws InterruptedException {
    T item = queue.poll(SECONDS, TimeUnit.SECONDS);
    assertThat(item).as("in time").isNotNull();
    return item;
  }

  /** One end of a link, which notes all that happens. */
  private static class End implements LinkHandler {
    final CompletableFuture<Link> opened = new CompletableFuture<>();
    final BlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
    final BlockingQueue<String> drained = new LinkedBlockingQueue<>();
    final CompletableFuture<String> closed = new CompletableFuture<>();

    @Override
    public void opened(Link link) {
      opened.complete(link);
    }

    @Override
    public void message(Link link, ByteBuffer message) {
      assertThat(opened).isDone();
      byte[] bytes = new byte[message.remaining()];
      message.get(bytes);
      messages.add(bytes);
    }

    @Override
    public void drained(Link link) {
      drained.add("drained");
    }

    @Override
    public void closed(Link link, @Nullable Throwable cause) {
      closed.complete(String.valueOf(cause));
    }

    Link link() throws Exception {
      return opened.get(SECONDS, TimeUnit.SECONDS);
    }

    void send(byte... bytes) throws Exception {
      Link link = link();
      assertThat(
              link.execute(
                  () -> {
                    link.begin(bytes.length).put(bytes);
                    link.end();
                    link.flush();
                  }))
          .isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void messagesOfAnySizeArriveWholeAndInOrderBothWays(Kind kind) throws Exception {
    End server = new End();
    End client = new End();
    try (Opened opened = open(kind);
        Transport.Port port = opened.transport.listen(anyPort(), link -> server)) {
      opened.transport.connect(port.address(), client);
      Random random = new Random(1);
      byte[][] sent = new byte[60][];
      for (int i = 0; i < sent.length; i++) {
        sent[i] = new byte[i == 7 ? Link.MAX_MESSAGE : 1 + random.nextInt(i < 30 ? 64 : 200_000)];
        random.nextBytes(sent[i]);
        client.send(sent[i]);
      }
      for (byte[] expected : sent) {
        byte[] arrived = soon(server.messages);
        assertThat(arrived).isEqualTo(expected);
        server.send(arrived);
      }
      for (byte[] expected : sent) {
        assertThat(soon(client.messages)).isEqualTo(expected);
      }
      assertThat(soon(client.drained)).isEqualTo("drained");
    }
  }

  @ParameterizedTest
  @EnumSource
  void eachEndKnowsTheAddressOfTheOther(Kind kind) throws Exception {
    End server = new End();
    End client = new End();
    try (Opened opened = open(kind);
        Transport.Port port = opened.transport.listen(anyPort(), link -> server)) {
      opened.transport.connect(port.address(), client);
      client.send((byte) 1);
      soon(server.messages);
      assertThat(client.link().peer()).isEqualTo(port.address());
      assertThat(server.link().peer())
          .isInstanceOfSatisfying(
              InetSocketAddress.class,
              peer -> assertThat(peer.getAddress()).isEqualTo(port.address().getAddress()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsFlushedBeforeAClosingArrives(Kind kind) throws Exception {
    End server = new End();
    End client = new End();
    try (Opened opened = open(kind);
        Transport.Port port = opened.transport.listen(anyPort(), link -> server)) {
      opened.transport.connect(port.address(), client);
      byte[] long1 = new byte[500_000];
      client.send(long1);
      client.send((byte) 1);
      client.link().execute(client.link()::close);
      assertThat(soon(server.messages)).hasSameSizeAs(long1);
      assertThat(soon(server.messages)).hasSize(1);
      server.closed.get(SECONDS, TimeUnit.SECONDS);
      client.closed.get(SECONDS, TimeUnit.SECONDS);
      assertThat(client.link().execute(() -> {})).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource
  void eitherEndNoticesThatTheOtherIsGone(Kind kind) throws Exception {
    for (boolean serverGoes : new boolean[] {true, false}) {
      End server = new End();
      End client = new End();
      try (Opened ours = open(kind);
          Opened theirs = open(kind);
          Transport.Port port = theirs.transport.listen(anyPort(), link -> server)) {
        ours.transport.connect(port.address(), client);
        client.send((byte) 1);
        soon(server.messages);
        if (serverGoes) {
          theirs.closing().run();
          client.closed.get(SECONDS, TimeUnit.SECONDS);
        } else {
          ours.closing().run();
          server.closed.get(SECONDS, TimeUnit.SECONDS);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aMessageTooLongClosesTheLink(Kind kind) throws Exception {
    End server = new End();
    End client = new End();
    try (Opened opened = open(kind);
        Transport.Port port = opened.transport.listen(anyPort(), link -> server)) {
      opened.transport.connect(port.address(), client);
      Link link = client.link();
      CompletableFuture<Throwable> refused = new CompletableFuture<>();
      link.execute(
          () -> {
            try {
              link.begin(Link.MAX_MESSAGE + 1);
            } catch (IllegalStateException e) {
              refused.complete(e);
            }
          });
      assertThat(refused.get(SECONDS, TimeUnit.SECONDS)).hasMessageContaining("bytes");
    }
  }

  @ParameterizedTest
  @EnumSource
  void whereNobodyListensThereIsNoLink(Kind kind) throws Exception {
    InetSocketAddress nobody;
    try (Opened opened = open(kind)) {
      try (Transport.Port port = opened.transport.listen(anyPort(), link -> new End())) {
        nobody = port.address();
      }
      CompletableFuture<Link> refused =
          opened.transport.connect(nobody, new End()).toCompletableFuture();
      assertThatThrownBy(() -> refused.get(SECONDS, TimeUnit.SECONDS))
          .isInstanceOf(java.util.concurrent.ExecutionException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void descriptorsAreWatchedOnTheLinksThread(Kind kind) throws Exception {
    End server = new End();
    End client = new End();
    Path fifo = folder.resolve("fifo" + kind);
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    try (Opened opened = open(kind);
        Transport.Port port = opened.transport.listen(anyPort(), link -> server);
        // opened for both, so that neither end waits for the other
        java.io.RandomAccessFile pipe = new java.io.RandomAccessFile(fifo.toFile(), "rw")) {
      opened.transport.connect(port.address(), client);
      Link link = client.link();
      int descriptor = descriptor(pipe);
      BlockingQueue<Thread> readable = new LinkedBlockingQueue<>();
      CompletableFuture<Thread> thread = new CompletableFuture<>();
      CompletableFuture<Link.Watch> watch = new CompletableFuture<>();
      link.execute(
          () -> {
            thread.complete(Thread.currentThread());
            watch.complete(
                link.watch(
                    descriptor,
                    () -> {
                      readable.add(Thread.currentThread());
                      try {
                        pipe.read();
                      } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                      }
                    }));
          });
      watch.get(SECONDS, TimeUnit.SECONDS);
      pipe.write(1);
      assertThat(soon(readable)).isSameAs(thread.get());
      watch.get().close();
      client.send((byte) 9);
      soon(server.messages);
    }
  }

  private static int descriptor(java.io.RandomAccessFile file) throws Exception {
    Path self = Path.of("/proc/self/fd");
    try (var all = Files.list(self)) {
      for (Path one : all.toList()) {
        if (Files.isSymbolicLink(one)
            && Files.readSymbolicLink(one).toString().contains("/fifo")
            && file.getFD().valid()) {
          return Integer.parseInt(one.getFileName().toString());
        }
      }
    }
    throw new AssertionError("the pipe is not open");
  }

  @ParameterizedTest
  @EnumSource
  void aFloodBothWaysIsCarriedWithBoundedMemory(Kind kind) throws Exception {
    int flood = 3000;
    AtomicLong sum = new AtomicLong();
    CompletableFuture<Long> all = new CompletableFuture<>();
    End client =
        new End() {
          private int count;

          @Override
          public void message(Link link, ByteBuffer message) {
            sum.addAndGet(message.getInt(0));
            if (++count == flood) {
              all.complete(sum.get());
            }
          }
        };
    LinkHandler echo =
        new End() {
          @Override
          public void message(Link link, ByteBuffer message) {
            link.begin(message.remaining()).put(message);
            link.end();
            link.flush();
          }
        };
    try (Opened opened = open(kind);
        Transport.Port port = opened.transport.listen(anyPort(), link -> echo)) {
      opened.transport.connect(port.address(), client);
      Link link = client.link();
      for (int i = 0; i < flood; i++) {
        int value = i;
        link.execute(
            () -> {
              link.begin(4117).putInt(value);
              link.end();
              link.flush();
            });
      }
      assertThat(all.get(SECONDS, TimeUnit.SECONDS)).isEqualTo(flood * (flood - 1L) / 2);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TLS", "QUIC"})
  void aServerThatShowsAnotherKeyIsNotBelieved(Kind kind) throws Exception {
    try (Opened ours = open(kind)) {
      InetSocketAddress address;
      try (Transport.Port port = ours.transport.listen(anyPort(), link -> new End())) {
        address = port.address();
        End first = new End();
        ours.transport.connect(address, first);
        first.link();
      }
      try (Opened impostor = open(kind, folder.resolve("other keys"));
          Transport.Port port = impostor.transport.listen(address, link -> new End())) {
        CompletableFuture<Link> refused =
            ours.transport.connect(port.address(), new End()).toCompletableFuture();
        assertThatThrownBy(() -> refused.get(SECONDS, TimeUnit.SECONDS))
            .hasCauseInstanceOf(IOException.class)
            .hasMessageContaining("shows another key than before: if that is right, remove ");
      }
    }
  }

  /**
   * A descriptor that one link gave back is another's at once: who still reads it takes what is not
   * his. Netty notices that only where the number is nobody's yet, and says so in the log.
   */
  @ParameterizedTest
  @EnumSource
  void linksComeAndGoBesideEachOther(Kind kind) throws Exception {
    ListAppender<ILoggingEvent> complaints = new ListAppender<>();
    Logger pipelines = (Logger) LoggerFactory.getLogger("io.netty.channel.DefaultChannelPipeline");
    complaints.start();
    pipelines.addAppender(complaints);
    try (Opened opened = open(kind);
        Transport.Port port = opened.transport.listen(anyPort(), link -> new Echo())) {
      List<CompletableFuture<Void>> callers = new ArrayList<>();
      for (int caller = 0; caller < CALLERS; caller++) {
        callers.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int i = 0; i < LINKS_A_CALLER; i++) {
                    call(opened.transport, port.address());
                  }
                }));
      }
      for (CompletableFuture<Void> caller : callers) {
        caller.get();
      }
    } finally {
      pipelines.detachAppender(complaints);
    }
    assertThat(complaints.list)
        .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .isEmpty();
  }

  private static void call(Transport transport, InetSocketAddress address) {
    try {
      End client = new End();
      transport.connect(address, client).toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
      client.send((byte) 7);
      assertThat(soon(client.messages)).containsExactly(7);
      // not waited for its end: that comes while the next link is opened
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Sends back what comes, and hangs up. */
  private static final class Echo extends End {
    @Override
    public void message(Link link, ByteBuffer message) {
      link.begin(message.remaining()).put(message);
      link.end();
      link.flush();
      link.close();
    }
  }
}
