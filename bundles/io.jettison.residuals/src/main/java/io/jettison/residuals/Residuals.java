package io.jettison.residuals;

import io.jettison.api.memory.PageSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The pages this server keeps of VMs between their stays. Thread-safe. */
@ProviderType
public interface Residuals {
  /** Reads pages. */
  @FunctionalInterface
  interface PageReader {
    /**
     * Fills a buffer, from position to limit, with whole pages.
     *
     * @throws IOException if they cannot be read
     */
    void read(long pfn, ByteBuffer into) throws IOException;
  }

  /** What is kept of one VM during one stay. Thread-safe. */
  @ProviderType
  interface Kept extends AutoCloseable {
    /** Takes a page's locator. */
    @FunctionalInterface
    interface LocatorVisitor {
      /** The page {@code pfn} had contents with this locator. */
      void page(long pfn, long locatorHigh, long locatorLow);
    }

    /** How many pages are kept. */
    int size();

    /** Visits what is kept: of these pages first, and then the rest, ascending. */
    void forEach(long[] first, LocatorVisitor visitor);

    /**
     * Gives the key of a page that has not changed since it was kept. Ignored if the page is not
     * kept.
     */
    void unlock(long pfn, long keyHigh, long keyLow);

    /** Says that of all pages not unlocked so far the contents are of no more use. */
    void judged();

    /** Whether {@link #read} may yield the page. */
    boolean isUnlocked(long pfn);

    /** Whether the page is kept, and it is not known yet if it is of use. */
    boolean isUndecided(long pfn);

    /**
     * Reads an unlocked page, which takes a read from the disk.
     *
     * @param into 4096 bytes from its position on, which is not moved
     * @return false if what is kept is not what it should be: as if it was not kept
     */
    boolean read(long pfn, ByteBuffer into);

    /** The pages that {@link #read} may yield. */
    PageSet unlocked();

    /**
     * Keeps a page that has just come from the desktop: it is unlocked from then on.
     *
     * @param page its contents at hand-over, 4096 bytes from its position on, which is moved behind
     *     them; not all zeros
     * @return false if there is no room for it, or it cannot be written
     */
    boolean put(long pfn, ByteBuffer page);

    /** Has all that was {@linkplain #put} so far outlive a restart of this server. */
    void settle();

    /** Ends the use of it; idempotent. */
    @Override
    void close();
  }

  /**
   * What is kept of one VM.
   *
   * @param vm its name
   * @param pages how many pages
   * @param shared of these, those also kept of another VM or page number
   */
  record Holding(String vm, long pages, long shared) {}

  /** Opens what is kept of a VM, perhaps nothing. */
  Kept open(String vm);

  /**
   * Keeps the pages a VM had when it left, in the place of what was kept of them; other pages that
   * are still kept, stay. Pages of zeros are not kept, nor is what there is no room for.
   *
   * @param pages which
   * @param contents their contents
   * @param before what was kept during the stay; is closed
   */
  void keep(String vm, PageSet pages, PageReader contents, Kept before);

  /** Forgets a VM's pages. */
  void forget(String vm);

  /** What is kept of whom. */
  List<Holding> holdings();
}
