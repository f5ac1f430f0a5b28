package io.jettison.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.FileDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FdWatchTest {
  private static final long PATIENCE_SECONDS = 20;

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final IoEventLoop loop = group.next();
  private final List<FdWatch> all = new ArrayList<>();

  @AfterEach
  void end() {
    group.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private FdWatch watch(FileDescriptor descriptor, Runnable readable) {
    FdWatch watch = new FdWatch(descriptor.intValue(), readable, loop, all);
    watch.register(loop);
    return watch;
  }

  /** Runs on the loop what is on its way to it. */
  private void settle() throws Exception {
    loop.submit(() -> {}).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  @Test
  void aWatchMayFollowOneOfTheSameDescriptorThatAnotherThreadHasJustEnded() throws Exception {
    FileDescriptor[] pipe = FileDescriptor.pipe();
    FdWatch first = watch(pipe[0], () -> {});
    settle();
    CountDownLatch heard = new CountDownLatch(1);
    loop.submit(
            () -> {
              Thread other = new Thread(first::close);
              other.start();
              try {
                other.join(); // what ends it waits for the loop, which is here
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return watch(pipe[0], heard::countDown);
            })
        .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    pipe[1].write(java.nio.ByteBuffer.allocateDirect(1), 0, 1);
    assertThat(heard.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aDescriptorMayBeClosedAndItsNumberUsedAgainBeforeTheWatchOfItHasEnded() throws Exception {
    FileDescriptor[] gone = FileDescriptor.pipe();
    FdWatch first = watch(gone[0], () -> {});
    settle();
    gone[0].close();
    FileDescriptor[] pipe = FileDescriptor.pipe();
    assertThat(pipe[0].intValue()).as("the lowest that is free").isEqualTo(gone[0].intValue());
    CountDownLatch heard = new CountDownLatch(1);
    watch(pipe[0], heard::countDown);
    first.close();
    settle();
    pipe[1].write(java.nio.ByteBuffer.allocateDirect(1), 0, 1);
    assertThat(heard.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aWatchThatEndsBeforeItBeganIsNone() throws Exception {
    FileDescriptor[] pipe = FileDescriptor.pipe();
    pipe[1].write(java.nio.ByteBuffer.allocateDirect(1), 0, 1);
    CountDownLatch heard = new CountDownLatch(1);
    loop.submit(() -> watch(pipe[0], heard::countDown).close())
        .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    settle();
    settle();
    assertThat(heard.getCount()).isEqualTo(1);
    assertThat(all).isEmpty();
  }
}
