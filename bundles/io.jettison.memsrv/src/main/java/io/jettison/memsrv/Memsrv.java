package io.jettison.memsrv;

import io.jettison.api.memory.Residual;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletionStage;
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

    /** The VM's name; of a disk, {@code VM/DISK}. */
    String vm();

    /**
     * Sends a page that the server waits for but has not asked for, or asked for in vain while this
     * PC slept. If it does not wait for it, it drops it. Counts as a request.
     *
     * @param pfn the page, or of a disk the block
     * @return whether it is being sent: not before {@link #begin}, nor without a link, nor a page
     *     that the VM does not have
     */
    boolean push(long pfn);

    /**
     * Opens a link in place of the present one, after a wake: what the server asked for while this
     * PC slept waits for a retransmission timer, and the server may have given the link up. The
     * server asks anew for all it waits for.
     *
     * @return completes when the server has taken the link; is retried until then, and cancelled
     *     when the service ends
     */
    CompletionStage<Void> relink();

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

  /** All services that have not ended. */
  List<Serving> served();
}
