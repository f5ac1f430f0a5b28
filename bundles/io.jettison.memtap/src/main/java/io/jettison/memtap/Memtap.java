package io.jettison.memtap;

import io.jettison.api.Outcome;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.PagedMemory;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.wake.NeedSink;
import io.jettison.wire.Hello;
import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;

/** Serves the faults of partial VMs. Thread-safe. */
@ProviderType
public interface Memtap {
  /** Pages at hand on the server. More and fewer while the stay lasts. Thread-safe. */
  @ConsumerType
  interface NearPages {
    /** Whether {@link #read} may yield the page. */
    boolean has(long pfn);

    /** Whether it is not known yet if there is such a page: not one to fetch ahead. */
    boolean mayHave(long pfn);

    /**
     * Reads a page; may take as long as a read from a disk.
     *
     * @param into 4096 bytes from its position on, which is not moved
     * @return false if there is no such page after all
     */
    boolean read(long pfn, ByteBuffer into);
  }

  /** Fault service for one stay of one VM. Thread-safe. */
  @ProviderType
  interface Tap extends AutoCloseable {
    /**
     * Says which pages had contents at hand-over; every other page is zero and is installed without
     * asking. At most once.
     */
    void populated(PageSet pages);

    /**
     * Says which pages are at hand on this server, with the contents they had at hand-over. At most
     * once.
     */
    void near(NearPages pages);

    /**
     * The VM runs: from now on pages may be fetched ahead. Before, they would only delay those it
     * is loaded with.
     */
    void running();

    /** It has become known which pages are at hand. */
    void reconsider();

    /**
     * The pages that the VM would have to ask its desktop for: neither its own already nor known to
     * be zero. Those {@linkplain NearPages at hand} are among them, and so is what waits in the
     * prefetch buffer, from where it may be driven out.
     */
    PageSet absent();

    /** Says that pages had no contents at hand-over. */
    void zeros(long first, long count);

    /** Pages that the VM touched first in its last stay here, in order; perhaps none. */
    long[] firstTouches();

    /** Counters so far. */
    TapCounters counters();

    /** Whether a page link is open. */
    boolean linked();

    /** Ends the service of a VM that went home: what its stay taught is kept. */
    void wentHome();

    /**
     * Ends the service. Faults not yet served stay with the VM; another tap on the same memory will
     * see them.
     */
    @Override
    void close();
  }

  /**
   * Begins to serve a VM: faults that wait already are served as soon as a page link of the same VM
   * and epoch comes.
   *
   * @param vm its name
   * @param epoch the stay's epoch, on every request
   * @param memory its memory; also of a VM found again after a restart: what a predecessor left
   *     half-done is done again
   * @param desktop told of every page that a vCPU waits for, and of every page that came
   */
  Tap open(String vm, long epoch, PagedMemory memory, NeedSink desktop);

  /** As above, for a VM whose desktop never sleeps. */
  default Tap open(String vm, long epoch, PagedMemory memory) {
    return open(vm, epoch, memory, NeedSink.NOBODY);
  }

  /**
   * Takes over a page link that a desktop opened. A later link for the same stay takes the place of
   * an earlier one; what was asked over that one is asked again.
   *
   * @param hello how the link introduced itself
   * @return the handler of the link from now on; refused if no such VM is served in this epoch
   */
  Outcome<LinkHandler> attach(Hello hello);
}
