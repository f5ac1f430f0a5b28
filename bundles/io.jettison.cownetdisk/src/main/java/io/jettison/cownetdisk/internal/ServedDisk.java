package io.jettison.cownetdisk.internal;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.api.prefetch.PrefetchPolicy;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.wake.NeedSink;
import io.jettison.cownetdisk.CowDisk;
import io.jettison.cownetdisk.DiskCounters;
import io.jettison.cownetdisk.internal.StoreFiles.Places;
import io.jettison.transport.netty.Polling;
import io.jettison.wire.Hello;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FileRegion;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A disk with its event loop, its socket and its files. */
final class ServedDisk implements CowDisk {
  private static final Logger LOG = LoggerFactory.getLogger(ServedDisk.class);
  private static final int MOST_CONNECTIONS = 64;
  private static final int BACKLOG = 128;
  private static final WriteBufferWaterMark PENDING = new WriteBufferWaterMark(512 << 10, 2 << 20);

  /** How a disk is served. */
  record Settings(long pollMicros, long handshakeMillis) {}

  private final String key;
  private final long epoch;
  private final Places places;
  private final Path socket;
  private final Settings settings;
  private final Consumer<ServedDisk> onClose;
  private final StoreFiles files;
  private final Prefetcher prefetcher;
  private final EventLoopGroup group;
  private final EventLoop loop;
  private final DiskLoop disk;
  private @Nullable Channel server;
  private boolean turnedAway; // on the loop
  private boolean closed;
  private volatile DiskCounters last =
      new DiskCounters(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  ServedDisk(
      String key,
      String export,
      long epoch,
      long bytes,
      Places places,
      Path socket,
      Settings settings,
      Executor worker,
      NeedSink desktop,
      Consumer<ServedDisk> onClose)
      throws IOException {
    this.key = key;
    this.epoch = epoch;
    this.places = places;
    this.socket = socket;
    this.settings = settings;
    this.onClose = onClose;
    files = StoreFiles.open(places, bytes, epoch, LiveMap.boot());
    prefetcher = new Prefetcher(key, MemoryMap.ofBytes(bytes));
    long pollNanos = TimeUnit.MICROSECONDS.toNanos(settings.pollMicros());
    group =
        new MultiThreadIoEventLoopGroup(
            1,
            new DefaultThreadFactory("jettison-disk", true),
            EpollIoHandler.newFactory(0, () -> new Polling(pollNanos)));
    loop = group.next();
    BlockStore store = new BlockStore(bytes, files);
    disk =
        new DiskLoop(
            key,
            export,
            Pages.holding(bytes),
            store,
            new Syncs(store, files, worker, loop),
            prefetcher,
            desktop);
  }

  String key() {
    return key;
  }

  long epoch() {
    return epoch;
  }

  /** Opens the socket. */
  void listen() throws IOException {
    Files.deleteIfExists(socket);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channel(EpollServerDomainSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, PENDING)
            .childOption(ChannelOption.MESSAGE_SIZE_ESTIMATOR, () -> ServedDisk::pending)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accept(channel);
                  }
                });
    ChannelFuture bound =
        bootstrap.bind(new DomainSocketAddress(socket.toString())).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException("cannot listen at " + socket, bound.cause());
    }
    server = bound.channel();
    // until here the umask kept others out, who need the right to write to connect
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
  }

  // by default, parts of files count for nothing
  private static int pending(Object message) {
    return message instanceof FileRegion part
        ? (int) part.count()
        : ((ByteBuf) message).readableBytes();
  }

  private void accept(Channel channel) {
    if (disk.connections() >= MOST_CONNECTIONS) {
      if (!turnedAway) {
        LOG.warn("{} has {} connections: others are closed", key, MOST_CONNECTIONS);
        turnedAway = true; // who calls again and again must not fill the log
      }
      ChannelFuture unused = channel.close();
      return;
    }
    Input input = new Input(channel.alloc());
    channel.config().setRecvByteBufAllocator(input);
    Connection connection = new Connection(channel, disk, input, settings.handshakeMillis());
    disk.opened(connection);
    channel.pipeline().addLast(connection);
  }

  /** Has a policy asked from now on; null for none. */
  synchronized void use(@Nullable PrefetchPolicy policy) {
    if (closed) {
      return;
    }
    prefetcher.use(policy, call(() -> disk.store().present()));
    loop.execute(() -> disk.tap().offer());
  }

  /** A handler for a block link of this disk. */
  LinkHandler link(Hello.Call call) {
    return new TapLink(call, key, epoch, files.fetched, disk.tap(), loop, disk::blocksCame);
  }

  private <T> T call(Callable<T> task) {
    if (loop.inEventLoop()) {
      throw new IllegalStateException("the disk's own loop would wait for itself");
    }
    try {
      return loop.submit(task).syncUninterruptibly().getNow();
    } catch (java.util.concurrent.RejectedExecutionException e) {
      throw new IllegalStateException(key + " is not served any more", e);
    }
  }

  @Override
  public void allocated(PageSet blocks) {
    PageSet mine = blocks.copy();
    loop.execute(() -> disk.allocated(mine));
  }

  @Override
  public PageSet dirty() {
    return call(() -> disk.store().dirty());
  }

  @Override
  public PageSet harvest() {
    return call(() -> disk.store().harvest());
  }

  @Override
  public PageSet missing() {
    return call(disk::missing);
  }

  @Override
  public CompletionStage<Void> fetch(PageSet blocks) {
    PageSet mine = blocks.copy();
    return call(() -> disk.tap().fetch(mine));
  }

  @Override
  public void read(long block, ByteBuffer into) throws IOException {
    int count = into.remaining() >> Pages.SHIFT;
    for (long each = block; each < block + count; each++) {
      if (!files.map.isDirty(each)) {
        throw new IOException("block " + each + " of " + key + " was not written");
      }
    }
    // opened for this, since a caller that is interrupted closes it
    try (FileChannel slice = FileChannel.open(places.dirty(), StandardOpenOption.READ)) {
      for (long at = Pages.offset(block); into.hasRemaining(); ) {
        int length = slice.read(into, at);
        if (length < 0) {
          throw new IOException("the slice of " + key + " was cut short");
        }
        at += length;
      }
    }
  }

  @Override
  public PageSet present() {
    return call(() -> disk.store().present());
  }

  @Override
  public void readPresent(long block, ByteBuffer into) throws IOException {
    long offset = Pages.offset(block);
    IOException failure =
        call(
            () -> {
              long[] missing = {-1};
              disk.store().missing(offset, into.remaining(), each -> missing[0] = each);
              if (missing[0] >= 0) {
                return new IOException("block " + missing[0] + " of " + key + " is not here");
              }
              return attempt(() -> disk.store().read(offset, into));
            });
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public void put(long block, ByteBuffer contents) throws IOException {
    IOException failure = call(() -> attempt(() -> disk.put(block, contents)));
    if (failure != null) {
      throw failure;
    }
  }

  /** What is done with the files. */
  private interface Deed {
    void run() throws IOException;
  }

  private static @Nullable IOException attempt(Deed deed) {
    try {
      deed.run();
      return null;
    } catch (IOException e) {
      return e;
    }
  }

  @Override
  public void sync() throws IOException {
    CompletableFuture<@Nullable IOException> done = new CompletableFuture<>();
    call(
        () -> {
          disk.syncs().request(done::complete);
          return true;
        });
    try {
      IOException failure = done.get();
      if (failure != null) {
        throw new IOException("it is not sure that " + key + " is durable", failure);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted: it is not sure that " + key + " is durable", e);
    } catch (ExecutionException e) {
      throw new IOException("it is not sure that " + key + " is durable", e);
    }
  }

  /** Waits for a sync under way, which uses the files. */
  private void idle() {
    CompletableFuture<Boolean> idle = new CompletableFuture<>();
    loop.execute(() -> disk.syncs().end(() -> idle.complete(true)));
    idle.join();
  }

  @Override
  public DiskCounters counters() {
    try {
      last = call(disk::counters);
    } catch (IllegalStateException e) {
      LOG.debug("{}: the counters are its last", e.getMessage());
    }
    return last;
  }

  @Override
  public boolean linked() {
    return call(() -> disk.tap().isLinked());
  }

  @Override
  public void discard() {
    close(true);
    try {
      places.delete();
    } catch (IOException e) {
      LOG.warn("the slices of {} are left behind", key, e);
    }
  }

  @Override
  public void close() {
    close(false);
  }

  private synchronized void close(boolean over) {
    if (closed) {
      return;
    }
    closed = true;
    counters();
    prefetcher.end(call(() -> disk.store().present()), over);
    Channel listening = server;
    if (listening != null) {
      listening.close().awaitUninterruptibly();
    }
    call(
        () -> {
          disk.close();
          return true;
        });
    try {
      if (over) {
        idle();
      } else {
        sync();
      }
    } catch (IOException e) {
      LOG.warn("{} is closed, and what was written last may not survive a power failure", key, e);
    }
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    try {
      Files.deleteIfExists(socket);
      files.close();
    } catch (IOException e) {
      LOG.warn("the files of {} are not closed", key, e);
    }
    onClose.accept(this);
  }
}
