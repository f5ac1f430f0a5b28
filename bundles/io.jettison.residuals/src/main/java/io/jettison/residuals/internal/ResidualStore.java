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
import org.jspecify.annotations.Nullable;
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
    KeptPages kept = new KeptPages(vm, table == null ? Table.empty() : table, pages, this::closed);
    open.put(vm, kept);
    return kept;
  }

  private synchronized void closed(KeptPages kept) {
    open.remove(kept.vm, kept);
  }

  @Override
  public void keep(String vm, PageSet resident, PageReader contents, Kept before) {
    if (!(before instanceof KeptPages kept)) {
      throw new IllegalArgumentException("not of this store");
    }
    kept.close();
    Keeping keeping = new Keeping(vm, resident, contents, kept);
    try {
      keeping.all();
    } catch (IOException e) {
      LOG.warn("not all pages of {} are kept: {}", vm, e.toString());
    }
    Table fresh = keeping.entries.build(System.currentTimeMillis());
    synchronized (this) {
      Table earlier = tables.put(vm, fresh);
      if (earlier != null) {
        drop(earlier);
      }
      write(vm, fresh);
    }
  }

  @GuardedBy("this")
  private void write(String vm, Table table) {
    try {
      table.write(file(vm));
    } catch (IOException e) {
      LOG.warn("what is kept of {} is forgotten when the server restarts: {}", vm, e.toString());
    }
  }

  @GuardedBy("this")
  private void drop(Table table) {
    for (int i = 0; i < table.size; i++) {
      index.drop(table.slot(i));
    }
  }

  /** One VM's pages being kept. */
  private final class Keeping {
    private final String vm;
    private final PageSet resident;
    private final PageReader contents;
    private final KeptPages before;
    private final Table.Builder entries;
    private final PageDigest digest = new PageDigest();
    private final PageLock lock = new PageLock();
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_PAGES << Pages.SHIFT);
    private final ByteBuffer locked = ByteBuffer.allocateDirect(Pages.SIZE);
    private boolean full;

    Keeping(String vm, PageSet resident, PageReader contents, KeptPages before) {
      this.vm = vm;
      this.resident = resident;
      this.contents = contents;
      this.before = before;
      this.entries = new Table.Builder((int) resident.size() + before.table.size);
    }

    void all() throws IOException {
      Table table = before.table;
      int entry = 0;
      for (long first = resident.next(0); first >= 0; ) {
        long end = Math.min(resident.nextAbsent(first), first + CHUNK_PAGES);
        entry = earlier(table, entry, first);
        fresh(first, (int) (end - first));
        first = resident.next(end);
      }
      earlier(table, entry, Long.MAX_VALUE);
    }

    /** Takes over entries of pages before this one, that were not in memory. */
    private int earlier(Table table, int from, long pfn) {
      int entry = from;
      for (; entry < table.size && table.pfn(entry) < pfn; entry++) {
        if (before.mayServe(entry) && !resident.contains(table.pfn(entry))) {
          add(table.pfn(entry), table.locatorHigh(entry), table.locatorLow(entry), null);
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
          digest.of(chunk);
          chunk.position(i << Pages.SHIFT);
          add(first + i, digest.locatorHigh(), digest.locatorLow(), chunk);
        }
      }
    }

    /** Adds an entry; without its contents only if they are there. */
    private void add(long pfn, long high, long low, @Nullable ByteBuffer page) {
      int slot;
      boolean missing = page != null && before.isDamaged(pfn);
      synchronized (ResidualStore.this) {
        slot = index.find(high, low);
        if (slot >= 0) {
          index.refer(slot);
        } else if (page != null && !full) {
          slot = room(vm) ? index.take(high, low) : SlotIndex.NONE;
          full = slot < 0;
          missing = true;
        }
      }
      if (slot >= 0) {
        if (page != null && missing) {
          put(slot, page);
        }
        entries.add(pfn, slot, high, low);
      }
    }

    private void put(int slot, ByteBuffer page) {
      locked.clear();
      lock.lock(page, digest.keyHigh(), digest.keyLow(), locked);
      locked.flip();
      try {
        for (long at = Pages.offset(slot); locked.hasRemaining(); ) {
          at += pages.write(locked, at);
        }
      } catch (IOException e) {
        // what is not there is noticed when it is read
        LOG.warn("no more pages of {} are kept: {}", vm, e.toString());
        full = true;
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
