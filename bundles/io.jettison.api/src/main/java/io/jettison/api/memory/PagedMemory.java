package io.jettison.api.memory;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The memory of a partial VM on the server: pages are absent until installed, and touching an
 * absent one stops the vCPU until it is (Bila et al. 2015, §6.1: memtap). An absent page is never
 * filled with zeros unless it is known to be zero.
 *
 * <p>{@link #drain}, {@link #install}, {@link #installZero} and {@link #retry} belong to one thread
 * at a time, the one that owns the VM's faults; they do not block and do not allocate. The other
 * methods may be called from any thread, and while the VM runs.
 */
@ProviderType
public interface PagedMemory {
  /** What became of an installation. */
  enum Installed {
    /** The page now has the given contents; vCPUs that waited for it go on. */
    INSTALLED,
    /** The page was there already and keeps its contents; vCPUs that waited for it go on. */
    PRESENT,
    /** The hypervisor was busy changing its address space: the same call will work later. */
    AGAIN,
    /** The VM is gone. */
    GONE
  }

  /** Receives faults. Runs on the fault path: no blocking, no allocation. */
  @FunctionalInterface
  interface FaultSink {
    /**
     * A vCPU or device waits for a page. The same page may be reported more than once.
     *
     * @param pfn the page
     * @param write whether it is about to be written
     */
    void fault(long pfn, boolean write);
  }

  /** Which pages there are. */
  MemoryMap map();

  /**
   * A file descriptor that polls readable while faults wait: a userfaultfd, an event channel. Valid
   * until the VM is destroyed or detached; owned by this object.
   */
  int descriptor();

  /**
   * Takes waiting faults.
   *
   * @return how many were given to the sink; -1 if the VM is gone
   */
  int drain(FaultSink sink);

  /**
   * Gives an absent page its contents.
   *
   * @param pfn the page
   * @param source holds the page at {@code at}; position and limit are ignored and stay
   * @param at index of the page's first byte
   */
  Installed install(long pfn, ByteBuffer source, int at);

  /** Gives an absent page zeros. Only for pages known to be zero at hand-over. */
  Installed installZero(long pfn);

  /**
   * Makes every vCPU that waits for a page fault again. For a new fault thread: faults its
   * predecessor had taken are reported anew.
   */
  void retry();

  /**
   * The pages installed or written so far.
   *
   * @throws IOException if the memory cannot be examined
   */
  PageSet resident() throws IOException;

  /**
   * How many pages are resident. May take far less time than {@link #resident}.
   *
   * @throws IOException if the memory cannot be examined
   * @since 1.1
   */
  default long residentPages() throws IOException {
    return resident().size();
  }

  /**
   * The pages possibly written since they were installed, or since the last {@link #harvest}. A
   * page never written may be in the set; a written one is never missing.
   *
   * @throws IOException if the memory cannot be examined
   */
  PageSet dirty() throws IOException;

  /**
   * As {@link #dirty()}, and atomically begins anew: a page written after this call is in the next
   * set. The caller must keep the union of all harvested sets durable with the VM: a set that is
   * lost is a lost write.
   *
   * @throws IOException if the memory cannot be examined
   */
  PageSet harvest() throws IOException;

  /**
   * Whether {@link #harvest} can tell a later write from an earlier one. If not, {@link #dirty()}
   * is {@link #resident()} and harvesting serves nothing.
   */
  boolean tracksWrites();

  /**
   * Reads consecutive resident pages, from {@code into}'s position to its limit. If the VM runs, a
   * page may be torn: it will then be in the next dirty set.
   *
   * @throws IOException if the pages are outside the map or cannot be read
   */
  void read(long pfn, ByteBuffer into) throws IOException;
}
