package io.jettison.disksrv;

import io.jettison.api.Outcome;
import io.jettison.api.disk.DiskFormat;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.PageSet;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ProviderType;

/** Serves the disks of consolidated VMs, and knows the formats of their images. Thread-safe. */
@ProviderType
public interface Disksrv {
  /** Block service for one disk in one stay of a VM. Thread-safe. */
  @ProviderType
  interface Serving extends AutoCloseable {
    /**
     * The VM has stopped and has written all it had: its image is opened, read-only, and what was
     * asked for so far, and will be, is answered. Returns at once; an image that cannot be opened
     * is tried again until it can, or until closed, and requests wait. Idempotent.
     */
    void begin();

    /**
     * The blocks that may hold something else than zeros. Waits until the image is open.
     *
     * @throws IOException if they cannot be found out, or if this was closed
     */
    PageSet allocated() throws IOException;

    /**
     * Reads consecutive blocks as they were at hand-over. Waits some time until the image is open.
     *
     * @param into remaining bytes are a multiple of 4096; its position moves to its limit
     * @throws IOException if they cannot be read, or if this was closed
     */
    void read(long block, ByteBuffer into) throws IOException;

    /** Blocks sent so far with contents. */
    long blocksSent();

    /** Bytes sent so far, headers included. */
    long bytesSent();

    /** {@link System#nanoTime()} of the last request: what a PC's wait timer starts from. */
    long lastRequestNanos();

    /** Whether a block link is open. */
    boolean linked();

    /** Ends the service and closes the image: no request is answered after this returns. */
    @Override
    void close();
  }

  /**
   * Begins to serve a disk of a VM that may still run: calls the server, and again whenever the
   * link is lost, but opens and answers nothing before {@link Serving#begin}.
   *
   * @param vm its name
   * @param epoch the stay's epoch; requests with another are refused
   * @param disk the disk, with its size
   * @param server where to call
   */
  Outcome<Serving> prepare(String vm, long epoch, VmSpec.Disk disk, InetSocketAddress server);

  /**
   * Looks at the image of a disk that shall follow its VM. To be asked when the VM is defined and
   * before it boots; the image may be in use.
   *
   * @return the disk with its size; refused if its image cannot follow
   */
  Outcome<VmSpec.Disk> examine(VmSpec.Disk disk);

  /** A format there is right now; refused if there is none of this name. */
  Outcome<DiskFormat> format(String name);
}
