package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.disk.DiskFormat;
import io.jettison.api.disk.DiskImage;
import io.jettison.api.disk.DiskTarget;
import io.jettison.desktop.internal.Moment.Point;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A format whose merges pass points; a fault there may be an {@link UncheckedIOException}. */
record WatchedFormat(DiskFormat format, Moment moment) implements DiskFormat {
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
    moment.passed(Point.MERGE);
    return format.openTarget(image).then(target -> Outcome.done(new Target(target, moment)));
  }

  private record Target(DiskTarget target, Moment moment) implements DiskTarget {
    private void pass() throws IOException {
      try {
        moment.passed(Point.MERGE);
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }

    /** One block after the other, since a crash may be between any two. */
    @Override
    public void write(long block, ByteBuffer from) throws IOException {
      int end = from.limit();
      for (long at = block; from.position() < end; at++) {
        pass();
        target.write(
            at, from.limit(Math.min(end, from.position() + io.jettison.api.memory.Pages.SIZE)));
        from.limit(end);
      }
    }

    @Override
    public void zero(long block, long count) throws IOException {
      pass();
      target.zero(block, count);
    }

    @Override
    public void sync() throws IOException {
      pass();
      target.sync();
    }

    @Override
    public void close() throws IOException {
      target.close();
      pass();
    }
  }
}
