package io.jettison.cownetdisk.internal;

import com.sun.jna.Native;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sparse file as long as a disk. Reading, writing and syncing may be done by any thread, but none
 * that is ever interrupted, since that closes the channel. {@link #punch}, {@link #allocate} and
 * {@link #close} are for one thread: a descriptor that is closed may be another file the next
 * moment.
 */
final class SliceFile implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SliceFile.class);

  private final FileChannel channel;
  private final int descriptor;
  private final ChannelFutureListener sent = this::sent;
  private volatile boolean sendable = true;

  SliceFile(Path path, long bytes) throws IOException {
    channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    if (channel.size() > bytes) {
      channel.truncate(bytes);
    } else if (channel.size() < bytes) {
      channel.write(ByteBuffer.allocate(1), bytes - 1);
    }
    descriptor = Linux.open(path.toString(), Linux.O_RDWR | Linux.O_CLOEXEC);
    if (descriptor < 0) {
      channel.close();
      throw Linux.failure("cannot open " + path);
    }
  }

  void read(long at, ByteBuffer into) throws IOException {
    for (long next = at; into.hasRemaining(); ) {
      int length = channel.read(into, next);
      if (length < 0) {
        throw new IOException("a slice was cut short");
      }
      next += length;
    }
  }

  /** Whether parts can be sent, as far as is known. */
  boolean isSendable() {
    return sendable;
  }

  /** A part to be sent; valid until this is closed, which it does not do when it is released. */
  FileRegion part(long at, long length) {
    return new DefaultFileRegion(channel, at, length) {
      @Override
      protected void deallocate() {
        // the slice keeps its channel
      }
    };
  }

  /** Is to hear what became of a part. */
  ChannelFutureListener sent() {
    return sent;
  }

  private void sent(ChannelFuture done) {
    Throwable failure = done.cause();
    if (failure != null && !Errors.isOfClient(failure)) {
      LOG.error("a slice cannot be sent, and is copied from now on", failure);
      sendable = false;
    }
  }

  void write(long at, ByteBuffer from) throws IOException {
    for (long next = at; from.hasRemaining(); ) {
      next += channel.write(from, next);
    }
  }

  /** Makes a hole, which reads as zeros; returns whether the file system can. */
  boolean punch(long at, long length) throws IOException {
    return fallocate(Linux.FALLOC_FL_PUNCH_HOLE | Linux.FALLOC_FL_KEEP_SIZE, at, length);
  }

  /** Makes sure of the room for what will be written; returns whether the file system can. */
  boolean allocate(long at, long length) throws IOException {
    return fallocate(Linux.FALLOC_FL_KEEP_SIZE, at, length);
  }

  private boolean fallocate(int mode, long at, long length) throws IOException {
    while (Linux.fallocate(descriptor, mode, at, length) != 0) {
      int error = Native.getLastError();
      if (error == Linux.EOPNOTSUPP) {
        return false;
      }
      if (error != Linux.EINTR) {
        throw Linux.failure("cannot make or fill a hole");
      }
    }
    return true;
  }

  /** Returns once what was written survives a power failure. */
  void sync() throws IOException {
    channel.force(false);
  }

  @Override
  public void close() throws IOException {
    Linux.close(descriptor);
    channel.close();
  }
}
