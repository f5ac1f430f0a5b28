package io.jettison.residuals.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.jettison.api.Outcome;
import io.jettison.api.Quantity;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.residuals.Residuals;
import io.jettison.wire.page.PageDigest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kept pages on disk: a file of slots, one page each, and for each VM a {@linkplain Table table}
 * that says which slot holds which of its pages. Nothing is synced: what a power failure loses or
 * mixes up is noticed when it is read, and fetched from the desktop.
 */
@Component(service = Residuals.class, configurationPid = "io.jettison.residuals")
@Designate(ocd = ResidualStore.Config.class)
public final class ResidualStore implements Residuals, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ResidualStore.class);
  private static final int CHUNK_PAGES = 64;
  private static final String UNFINISHED = ".new";
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(Pages.SIZE);

  /** Section [residuals]. */
  @ObjectClassDefinition(name = "Pages kept between stays")
  public @interface Config {
    /** Room on the disk. */
    @AttributeDefinition(
        description = "most disk space for pages of VMs that went home, such as 16 GiB; 0: none")
    String size() default "16 GiB";
  }

  private final Path tableFolder;
  private final FileChannel pages;

  @GuardedBy("this")
  private final SlotIndex index;

  @GuardedBy("this")
  private final Map<String, Table> tables = new TreeMap<>();

  /** Being used by a stay: not to be evicted. */
  @GuardedBy("this")
  private final Map<String, KeptPages> open = new HashMap<>();

  /** In the framework. */
  @Activate
  public ResidualStore(BundleContext context, Config config) throws IOException {
    this(
        Path.of(
                Optional.ofNullable(context.getProperty("jettison.state"))
                    .orElse("/var/lib/jettison"))
            .resolve("residuals"),
        size(config.size()).orThrow());
  }

  private static Outcome<Long> size(String configured) {
    return configured.strip().equals("0") ? Outcome.done(0L) : Quantity.bytes(configured);
  }

  /**
   * In a folder, which is created if need be.
   *
   * @param bytes most room for pages
   * @throws IOException if the folder cannot be used
   */
  public ResidualStore(Path folder, long bytes) throws IOException {
    tableFolder = Files.createDirectories(folder.resolve("vms"));
    pages =
        FileChannel.open(
            folder.resolve("pages"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    index = new SlotIndex((int) Math.min(Integer.MAX_VALUE / 8, bytes >> Pages.SHIFT));
    restore();
  }

  private synchronized void restore() throws IOException {
    List<Path> files;
    try (Stream<Path> listed = Files.list(tableFolder)) {
      files = listed.sorted().toList();
    }
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (name.endsWith(UNFINISHED)) {
        Files.delete(file);
        continue;
      }
      try {
        tables.put(name.replace('~', '/'), restored(Table.read(file)));
      } catch (IOException e) {
        LOG.warn("what was kept of {} is not used: {}", name, e.getMessage());
        Files.delete(file);
      }
    }
    index.restored();
    LOG.info("{} pages are kept of {} VMs", index.used(), tables.size());
  }

  @GuardedBy("this")
  private Table restored(Table found) {
    Table.Builder sound = new Table.Builder(found.size);
    for (int i = 0; i < found.size; i++) {
      if (index.restore(found.slot(i), found.locatorHigh(i), found.locatorLow(i))) {
        sound.add(found.pfn(i), found.slot(i), found.locatorHigh(i), found.locatorLow(i));
      }
    }
    return sound.build(found.endedMillis);
  }

  private Path file(String vm) {
    return tableFolder.resolve(vm.replace('/', '~'));
  }

  @Override
  public synchronized Kept open(String vm) {
    Table table = tables.get(vm);
    KeptPages kept = new KeptPages(vm, table == null ? Table.empty() : table, pages, this);
    open.put(vm, kept);
    return kept;
  }

  /** Its own references to slots end. */
  synchronized void closed(KeptPages kept, Table put) {
    open.remove(kept.vm, kept);
    drop(put);
  }

  @Override
  public void keep(String vm, PageSet resident, PageReader contents, Kept before) {
    if (!(before instanceof KeptPages kept)) {
      throw new IllegalArgumentException("not of this store");
    }
    try (kept) {
      Keeping keeping = new Keeping(vm, resident, contents, kept);
      try {
        keeping.all();
      } catch (IOException e) {
        LOG.warn("not all pages of {} are kept: {}", vm, e.toString());
      }
      replace(vm, keeping.entries.build(System.currentTimeMillis()));
    }
  }

  /** A VM has this table, which has a reference to each of its slots, in the place of another. */
  private synchronized void replace(String vm, Table fresh) {
    Table earlier = tables.put(vm, fresh);
    if (earlier != null) {
      drop(earlier);
    }
    try {
      fresh.write(file(vm));
    } catch (IOException e) {
      LOG.warn("what is kept of {} is forgotten when the server restarts: {}", vm, e.toString());
    }
  }

  /** All that is known to be of use of a VM that stays on is its table from now on. */
  void settle(KeptPages kept) {
    Table useful = kept.useful();
    Table.Builder entries = new Table.Builder(useful.size);
    for (int i = 0; i < useful.size; i++) {
      int slot = refer(useful.locatorHigh(i), useful.locatorLow(i));
      if (slot >= 0) {
        entries.add(useful.pfn(i), slot, useful.locatorHigh(i), useful.locatorLow(i));
      }
    }
    replace(kept.vm, entries.build(System.currentTimeMillis()));
  }

  @GuardedBy("this")
  private void drop(Table table) {
    for (int i = 0; i < table.size; i++) {
      index.drop(table.slot(i));
    }
  }

  /** The slot of a page that is here, with one reference more. */
  private synchronized int refer(long locatorHigh, long locatorLow) {
    int slot = index.find(locatorHigh, locatorLow);
    if (slot >= 0) {
      index.refer(slot);
    }
    return slot;
  }

  private synchronized int take(String vm, long locatorHigh, long locatorLow) {
    return room(vm) ? index.take(locatorHigh, locatorLow) : SlotIndex.NONE;
  }

  /** One reference to a slot ends. */
  synchronized void giveUp(int slot) {
    index.drop(slot);
  }

  /** Puts pages of a VM into slots. Not thread-safe. */
  final class SlotWriter {
    final PageDigest digest = new PageDigest();
    private final String vm;
    private final PageLock lock = new PageLock();
    private final ByteBuffer locked = ByteBuffer.allocateDirect(Pages.SIZE);
    private boolean full;

    SlotWriter(String vm) {
      this.vm = vm;
    }

    /**
     * Puts a page, which is {@linkplain #digest digested} then.
     *
     * @param page from its position on, which is moved behind it
     * @param anew whether it is to be written although it is there
     * @return its slot, with one reference more; {@link SlotIndex#NONE} if it is not there
     */
    int put(ByteBuffer page, boolean anew) {
      int at = page.position();
      digest.of(page);
      int slot = refer(digest.locatorHigh(), digest.locatorLow());
      boolean missing = slot < 0;
      if (missing && !full) {
        slot = take(vm, digest.locatorHigh(), digest.locatorLow());
        full = slot < 0;
      }
      if (slot >= 0 && (missing || anew) && !write(slot, page.position(at))) {
        giveUp(slot);
        slot = SlotIndex.NONE;
      }
      page.position(at + Pages.SIZE);
      return slot;
    }

    private boolean write(int slot, ByteBuffer page) {
      locked.clear();
      lock.lock(page, digest.keyHigh(), digest.keyLow(), locked);
      locked.flip();
      try {
        for (long at = Pages.offset(slot); locked.hasRemaining(); ) {
          at += pages.write(locked, at);
        }
        return true;
      } catch (IOException e) {
        // who refers to it meanwhile will notice when it reads
        LOG.warn("no more pages of {} are kept: {}", vm, e.toString());
        full = true;
        return false;
      }
    }
  }

  /** One VM's pages being kept. */
  private final class Keeping {
    private final PageSet resident;
    private final PageReader contents;
    private final KeptPages before;
    private final Table earlier;
    private final Table.Builder entries;
    private final SlotWriter writer;
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_PAGES << Pages.SHIFT);

    Keeping(String vm, PageSet resident, PageReader contents, KeptPages before) {
      this.resident = resident;
      this.contents = contents;
      this.before = before;
      this.earlier = before.useful();
      this.entries = new Table.Builder((int) resident.size() + earlier.size);
      this.writer = new SlotWriter(vm);
    }

    void all() throws IOException {
      int entry = 0;
      for (long first = resident.next(0); first >= 0; ) {
        long end = Math.min(resident.nextAbsent(first), first + CHUNK_PAGES);
        entry = earlier(entry, first);
        fresh(first, (int) (end - first));
        first = resident.next(end);
      }
      earlier(entry, Long.MAX_VALUE);
    }

    /** Takes over entries of pages before this one, that were not in memory. */
    private int earlier(int from, long pfn) {
      int entry = from;
      for (; entry < earlier.size && earlier.pfn(entry) < pfn; entry++) {
        if (!resident.contains(earlier.pfn(entry))) {
          long high = earlier.locatorHigh(entry);
          long low = earlier.locatorLow(entry);
          add(earlier.pfn(entry), refer(high, low), high, low);
        }
      }
      return entry;
    }

    private void fresh(long first, int count) throws IOException {
      chunk.clear().limit(count << Pages.SHIFT);
      contents.read(first, chunk);
      for (int i = 0; i < count; i++) {
        chunk.limit((i + 1) << Pages.SHIFT).position(i << Pages.SHIFT);
        if (chunk.mismatch(ZEROS) >= 0) {
          int slot = writer.put(chunk, before.isDamaged(first + i));
          PageDigest digest = writer.digest;
          add(first + i, slot, digest.locatorHigh(), digest.locatorLow());
        }
      }
    }

    private void add(long pfn, int slot, long high, long low) {
      if (slot >= 0) {
        entries.add(pfn, slot, high, low);
      }
    }
  }

  /** Makes room for one page more, at the cost of the VM whose last stay is longest ago. */
  @GuardedBy("this")
  private boolean room(String vm) {
    while (index.isFull()) {
      String longestAgo = null;
      long when = Long.MAX_VALUE;
      for (Map.Entry<String, Table> entry : tables.entrySet()) {
        boolean used = entry.getKey().equals(vm) || open.containsKey(entry.getKey());
        if (!used && entry.getValue().endedMillis < when) {
          longestAgo = entry.getKey();
          when = entry.getValue().endedMillis;
        }
      }
      if (longestAgo == null) {
        return false;
      }
      LOG.info("room is made: what was kept of {} is forgotten", longestAgo);
      forget(longestAgo);
    }
    return true;
  }

  @Override
  public synchronized void forget(String vm) {
    Table table = tables.remove(vm);
    if (table != null) {
      drop(table);
    }
    try {
      Files.deleteIfExists(file(vm));
    } catch (IOException e) {
      LOG.warn("what was kept of {} cannot be removed", vm, e);
    }
  }

  @Override
  public synchronized List<Holding> holdings() {
    List<Holding> list = new ArrayList<>();
    tables.forEach(
        (vm, table) -> {
          long shared = 0;
          for (int i = 0; i < table.size; i++) {
            shared += index.references(table.slot(i)) > 1 ? 1 : 0;
          }
          list.add(new Holding(vm, table.size, shared));
        });
    return list;
  }

  /** Pages of different contents that are kept. */
  synchronized int different() {
    return index.used();
  }

  /** Ends the use of the disk. */
  @Override
  @Deactivate
  public void close() throws IOException {
    pages.close();
  }
}
