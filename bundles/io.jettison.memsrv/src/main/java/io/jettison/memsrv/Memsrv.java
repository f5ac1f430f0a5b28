package io.jettison.memsrv;

import io.jettison.api.memory.Residual;
import java.net.InetSocketAddress;
import org.osgi.annotation.versioning.ProviderType;

/** Serves the residuals of consolidated VMs. Thread-safe. */
@ProviderType
public interface Memsrv {
  /** Page service for one stay of one VM. Thread-safe. */
  @ProviderType
  interface Serving extends AutoCloseable {
    /** The residual changes no more: what was asked for so far, and will be, is answered. */
    void begin();

    /** Pages sent so far with contents. */
    long pagesSent();

    /** Bytes sent so far, headers included. */
    long bytesSent();

    /** {@link System#nanoTime()} of the last request: what a PC's wait timer starts from. */
    long lastRequestNanos();

    /** Whether a page link is open. */
    boolean linked();

    /** Ends the service: no request is answered after this returns. Does not close the residual. */
    @Override
    void close();
  }

  /**
   * Begins to serve a stay: calls the server, and again whenever the link is lost, until closed.
   *
   * @param vm its name
   * @param epoch the stay's epoch; requests with another are refused
   * @param residual the VM's memory; must not change while it is served
   * @param server where to call
   */
  Serving serve(String vm, long epoch, Residual residual, InetSocketAddress server);

  /**
   * As {@link #serve}, of a VM that still runs: calls the server, but answers nothing before {@link
   * Serving#begin}.
   */
  Serving prepare(String vm, long epoch, Residual residual, InetSocketAddress server);

  /**
   * As {@link #prepare}, for a disk: what is read of it by block numbers is served over a block
   * link.
   *
   * @param disk its id
   */
  Serving prepareBlocks(
      String vm, String disk, long epoch, Residual image, InetSocketAddress server);
}
