package io.jettison.disksrv.internal;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An image opened by a helper program, and the connection to it. The program ends by itself when
 * the connection does, whatever closes it.
 */
record ServedImage(NbdClient client, Process process, QemuNbd.Files files) {
  private static final Logger LOG = LoggerFactory.getLogger(ServedImage.class);
  private static final long END_SECONDS = 10;

  /** Waits until a program that was told so has closed its image and ended. */
  void awaitEnd() throws IOException {
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("process " + process.pid() + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for a disk image to be closed", e);
    }
    if (process.exitValue() != 0) {
      throw new IOException("a disk image was not closed well: " + files.complaint());
    }
  }

  /**
   * Ends the program at once; what was synced stays. Returns once it is gone, since it has a lock
   * on the image for as long. Idempotent.
   */
  void end() {
    try {
      client.close();
    } catch (IOException e) {
      LOG.warn("an NBD connection did not close", e);
    }
    process.destroyForcibly();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("process {} does not end", process.pid());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    files.delete();
  }
}
