package io.jettison.diskmerge;

import io.jettison.api.memory.Pages;
import io.jettison.diskmerge.Changes.Run;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Reads staged blocks in large pieces, as they lie in their file, wherever on the disk they belong.
 * Not thread-safe.
 */
final class StagedReader {
  private static final int MOST_BLOCKS = 512; // 2 MiB

  /** Takes blocks with contents. */
  @FunctionalInterface
  interface BlockVisitor {
    void blocks(long first, ByteBuffer contents) throws IOException;
  }

  private final FileChannel file;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(MOST_BLOCKS << Pages.SHIFT);
  private final CRC32C crc = new CRC32C();

  StagedReader(FileChannel file) {
    this.file = file;
  }

  /**
   * Reads a disk's blocks with contents, ascending.
   *
   * @throws IOException if they cannot be read or are not what was staged; those visited are
   */
  void read(Changes changes, BlockVisitor visitor) throws IOException {
    List<Run> runs = changes.runs();
    int ordinal = 0;
    int run = 0;
    int done = 0; // of that run
    while (run < runs.size()) {
      int count = load(runs, run, done);
      check(changes, ordinal, count);
      ordinal += count;
      for (int at = 0; at < count; ) {
        Run now = runs.get(run);
        int length = Math.min(count - at, now.count() - done);
        visitor.blocks(now.first() + done, buffer.slice(at << Pages.SHIFT, length << Pages.SHIFT));
        at += length;
        done += length;
        if (done == now.count()) {
          run++;
          done = 0;
        }
      }
    }
  }

  /** Reads blocks that lie one after the other; returns how many. */
  private int load(List<Run> runs, int run, int done) throws IOException {
    int slot = runs.get(run).slot() + done;
    int count = 0;
    int skip = done;
    for (int i = run; i < runs.size() && count < MOST_BLOCKS; i++) {
      Run next = runs.get(i);
      if (next.slot() + skip != slot + count) {
        break;
      }
      count = Math.min(MOST_BLOCKS, count + next.count() - skip);
      skip = 0;
    }
    buffer.clear().limit(count << Pages.SHIFT);
    for (long at = Pages.offset(slot); buffer.hasRemaining(); ) {
      int length = file.read(buffer, at);
      if (length < 0) {
        throw new IOException("the staged blocks end early");
      }
      at += length;
    }
    buffer.flip();
    return count;
  }

  private void check(Changes changes, int ordinal, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      crc.reset();
      crc.update(buffer.slice(i << Pages.SHIFT, Pages.SIZE));
      if ((int) crc.getValue() != changes.crcs().get(ordinal + i)) {
        throw new IOException("a staged block of " + changes.disk().id() + " is damaged");
      }
    }
  }
}
