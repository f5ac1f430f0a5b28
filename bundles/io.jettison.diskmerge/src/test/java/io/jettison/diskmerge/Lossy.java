package io.jettison.diskmerge;

import io.jettison.api.Outcome;
import io.jettison.api.disk.DiskFormat;
import io.jettison.api.disk.DiskImage;
import io.jettison.api.disk.DiskTarget;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A format whose host loses its power: after a number of operations every one fails, and of what
 * was not synced some blocks are on the disk and others are not.
 */
final class Lossy implements DiskFormat {
  /** The power is gone. */
  static final class Gone extends IOException {
    private static final long serialVersionUID = 1L;
  }

  private interface Write {
    void to(DiskTarget target) throws IOException;
  }

  private final DiskFormat format;
  private final Random random;
  private int left;

  Lossy(DiskFormat format, int operations, Random random) {
    this.format = format;
    this.left = operations;
    this.random = random;
  }

  @Override
  public Outcome<Long> bytes(Path image) {
    return format.bytes(image);
  }

  @Override
  public Outcome<DiskImage> open(Path image) {
    return format.open(image);
  }

  @Override
  public Outcome<DiskTarget> openTarget(Path image) {
    return format.openTarget(image).then(target -> Outcome.done(new Target(target)));
  }

  private final class Target implements DiskTarget {
    private final DiskTarget target;
    private final List<Write> unsynced = new ArrayList<>();

    Target(DiskTarget target) {
      this.target = target;
    }

    private void step() throws IOException {
      if (left-- <= 0) {
        loseSome();
        throw new Gone();
      }
    }

    private void loseSome() throws IOException {
      for (Write write : unsynced) {
        if (random.nextBoolean()) {
          write.to(target);
        }
      }
      unsynced.clear();
    }

    @Override
    public void write(long block, ByteBuffer from) throws IOException {
      step();
      for (long at = block; from.hasRemaining(); at++) {
        byte[] one = new byte[Pages.SIZE];
        from.get(one);
        long to = at;
        unsynced.add(on -> on.write(to, ByteBuffer.wrap(one)));
      }
    }

    @Override
    public void zero(long block, long count) throws IOException {
      step();
      for (long at = block; at < block + count; at++) {
        long to = at;
        unsynced.add(on -> on.zero(to, 1));
      }
    }

    @Override
    public void sync() throws IOException {
      step();
      for (Write write : unsynced) {
        write.to(target);
      }
      unsynced.clear();
      target.sync();
    }

    @Override
    public void close() throws IOException {
      loseSome();
      target.close();
    }
  }
}
