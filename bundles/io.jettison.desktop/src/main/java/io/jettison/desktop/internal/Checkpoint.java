package io.jettison.desktop.internal;

import io.jettison.api.hypervisor.VmPlace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The descriptor as it was at hand-over. With the residual it is the VM as it left: what is left if
 * the server loses it. Lies beside the residual and lasts as long.
 */
final class Checkpoint implements AutoCloseable {
  private final FileChannel file;

  Checkpoint(VmPlace place) throws IOException {
    file =
        FileChannel.open(
            path(place),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
  }

  static Path path(VmPlace place) {
    return place.memory().resolve("checkpoint");
  }

  /** A channel that writes here and there. */
  WritableByteChannel with(WritableByteChannel other) {
    return new WritableByteChannel() {
      @Override
      public int write(ByteBuffer from) throws IOException {
        ByteBuffer copy = from.duplicate();
        while (copy.hasRemaining()) {
          file.write(copy);
        }
        return other.write(from);
      }

      @Override
      public boolean isOpen() {
        return other.isOpen();
      }

      @Override
      public void close() throws IOException {
        other.close();
      }
    };
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
