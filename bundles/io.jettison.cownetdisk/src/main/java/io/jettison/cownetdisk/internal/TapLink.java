package io.jettison.cownetdisk.internal;

import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkHandler;
import io.jettison.wire.Hello;
import io.jettison.wire.WireException;
import io.jettison.wire.page.PageMessages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.zip.CRC32C;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A block link of a disk: asks for blocks, checks what comes and stores it. On the link's thread,
 * but for {@link #ask} and {@link #close}; tells the tap on the disk's loop.
 */
final class TapLink implements LinkHandler {
  private static final Logger LOG = LoggerFactory.getLogger(TapLink.class);
  private static final LZ4SafeDecompressor UNPACKER =
      LZ4Factory.fastestInstance().safeDecompressor();

  /** A block that came. */
  private record Stored(long block, boolean zeros) {}

  private final Hello.Call call;
  private final String disk;
  private final long epoch;
  private final SliceFile slice;
  private final BlockTap tap;
  private final Executor loop;
  private final Runnable afterwards;
  private final PageSet asked = new PageSet();
  private final CRC32C crc = new CRC32C();
  private final ByteBuffer unpacked = ByteBuffer.allocateDirect(Pages.SIZE);

  // Guarded by itself: what the loop has not been told yet.
  private final List<Stored> stored = new ArrayList<>();
  private long received;
  private long sent;

  private volatile @Nullable Link link;
  private volatile boolean closed;

  /**
   * A link that is to come.
   *
   * @param afterwards run on the loop when blocks that came have been told
   */
  TapLink(
      Hello.Call call,
      String disk,
      long epoch,
      SliceFile slice,
      BlockTap tap,
      Executor loop,
      Runnable afterwards) {
    this.call = call;
    this.disk = disk;
    this.epoch = epoch;
    this.slice = slice;
    this.tap = tap;
    this.loop = loop;
    this.afterwards = afterwards;
  }

  /** Which of the desktop's links it is. */
  Hello.Call call() {
    return call;
  }

  @Override
  public void opened(Link opened) {
    link = opened;
    onLoop(() -> tap.take(this));
  }

  private void onLoop(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("{} is being closed", disk);
      close();
    }
  }

  /** Asks for blocks, each once on a link; from the loop. */
  void ask(long[] blocks) {
    Link on = link;
    if (on != null) {
      on.execute(() -> ask(on, blocks));
    }
  }

  private void ask(Link on, long[] blocks) {
    long[] runs = new long[PageMessages.MAX_REQUESTED];
    int count = 0;
    int pages = 0;
    for (long block : blocks) {
      if (!asked.add(block)) {
        continue;
      }
      if (pages == PageMessages.MAX_REQUESTED) {
        send(on, runs, count);
        count = 0;
        pages = 0;
      }
      pages++;
      long last = count == 0 ? 0 : runs[count - 1];
      if (count > 0 && PageMessages.first(last) + PageMessages.count(last) == block) {
        runs[count - 1] = PageMessages.run(PageMessages.first(last), PageMessages.count(last) + 1);
      } else {
        runs[count++] = PageMessages.run(block, 1);
      }
    }
    if (count > 0) {
      send(on, runs, count);
    }
    on.flush();
    on.expect();
  }

  private void send(Link on, long[] runs, int count) {
    int bytes = PageMessages.requestBytes(count);
    ByteBuffer message = on.begin(bytes);
    message.put(PageMessages.REQUEST).putLong(epoch).putShort((short) count);
    for (int i = 0; i < count; i++) {
      message.putLong(runs[i]);
    }
    on.end();
    synchronized (stored) {
      sent += bytes;
    }
  }

  @Override
  public void message(Link from, ByteBuffer message) {
    if (closed) {
      return;
    }
    try {
      reply(message);
      if (!asked.isEmpty()) {
        from.expect();
      }
    } catch (IOException e) {
      // the desktop dials again, and what is missing is asked for anew
      LOG.warn("the block link of {} is closed: {}", disk, e.toString());
      from.close();
    }
  }

  private void reply(ByteBuffer message) throws IOException {
    int length = message.remaining();
    int at = message.position();
    if (length < PageMessages.ZEROS_BYTES || message.getLong(at + PageMessages.EPOCH_AT) != epoch) {
      throw new WireException("a block reply that is cut short or of another epoch");
    }
    long block = message.getLong(at + PageMessages.PFN_AT);
    byte type = message.get(at);
    if (type == PageMessages.PAGE && length == PageMessages.PAGE_BYTES) {
      message.position(at + PageMessages.CONTENTS_AT);
      store(block, message, message.getInt(at + PageMessages.CRC_AT));
    } else if (type == PageMessages.PACKED && length > PageMessages.CONTENTS_AT) {
      unpack(message, at + PageMessages.CONTENTS_AT, length - PageMessages.CONTENTS_AT);
      store(block, unpacked.clear(), message.getInt(at + PageMessages.CRC_AT));
    } else if (type == PageMessages.ZEROS && length == PageMessages.ZEROS_BYTES) {
      zeros(block, message.getInt(at + PageMessages.ZEROS_COUNT_AT));
    } else {
      throw new WireException("the desktop cannot give block " + block);
    }
    synchronized (stored) {
      received += length;
    }
  }

  private void unpack(ByteBuffer message, int at, int length) throws WireException {
    try {
      if (UNPACKER.decompress(message, at, length, unpacked, 0, Pages.SIZE) == Pages.SIZE) {
        return;
      }
    } catch (LZ4Exception e) {
      throw new WireException("a packed block is damaged", e);
    }
    throw new WireException("a packed block is too short");
  }

  private void store(long block, ByteBuffer contents, int sum) throws IOException {
    int start = contents.position();
    crc.reset();
    crc.update(contents);
    if ((int) crc.getValue() != sum) {
      throw new WireException("block " + block + " was damaged on its way");
    }
    if (!asked.contains(block)) {
      return; // a desktop that was woken for it sends it unasked, and it may be here by then
    }
    asked.remove(block);
    slice.write(Pages.offset(block), contents.position(start));
    tell(new Stored(block, false));
  }

  private void zeros(long first, int count) throws WireException {
    if (count < 1 || count > PageMessages.MAX_REQUESTED) {
      throw new WireException("a reply about " + count + " blocks");
    }
    for (long block = first; block < first + count; block++) {
      if (!asked.contains(block)) {
        continue;
      }
      asked.remove(block);
      tell(new Stored(block, true)); // never stored: the slice has a hole there
    }
  }

  private void tell(Stored block) {
    boolean first;
    synchronized (stored) {
      first = stored.isEmpty();
      stored.add(block);
    }
    if (first) {
      onLoop(this::told);
    }
  }

  private void told() {
    List<Stored> blocks;
    synchronized (stored) {
      blocks = List.copyOf(stored);
      stored.clear();
      tap.count(received, sent);
      received = 0;
      sent = 0;
    }
    for (Stored block : blocks) {
      tap.stored(block.block(), block.zeros());
    }
    afterwards.run();
  }

  @Override
  public void closed(Link gone, @Nullable Throwable cause) {
    onLoop(() -> tap.lose(this));
  }

  /** Closes the link; from anywhere. */
  void close() {
    closed = true;
    Link on = link;
    if (on != null) {
      on.close();
    }
  }
}
