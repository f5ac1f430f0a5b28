package io.jettison.diskmerge;

import io.jettison.api.Outcome;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Changed blocks of a VM's disks on their way home, in files of one folder, apart from the images.
 * Blocks lie in the order in which they came first: to write and to sync them is sequential
 * wherever on the disks they belong. Thread-safe.
 *
 * <p>A complete one is not a commit: whether it is to be merged, the desktop's journal says, by the
 * {@link #epoch}.
 */
public final class DiskStaging implements AutoCloseable {
  private static final String BLOCKS = "blocks";
  private static final String INDEX = "index";
  private static final String NEW_INDEX = "index.new";

  private final Path folder;
  private final FileChannel blocks;
  private final List<Gathering> gatherings = new ArrayList<>();
  private final CRC32C crc = new CRC32C();
  private int[] crcs = new int[1 << 10];
  private int slots;
  private @Nullable IOException failure;
  private @Nullable Index index;

  private DiskStaging(Path folder, @Nullable Index index, StandardOpenOption... how)
      throws IOException {
    this.folder = folder;
    this.index = index;
    this.blocks = FileChannel.open(folder.resolve(BLOCKS), how);
  }

  /**
   * An empty one. Discards what is there.
   *
   * @param folder on a file system that survives a power failure; created if it is not there
   * @param disks the VM's disks that follow it, with their sizes; named by their place in this list
   * @throws IOException if it cannot be created
   */
  public static DiskStaging begin(Path folder, List<VmSpec.Disk> disks) throws IOException {
    discard(folder);
    Files.createDirectories(folder);
    sync(folder.toAbsolutePath().getParent());
    DiskStaging staging =
        new DiskStaging(
            folder,
            null,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    disks.forEach(disk -> staging.gatherings.add(new Gathering(disk)));
    return staging;
  }

  /**
   * A complete one, after a restart. Reads all of it, to see that it is whole.
   *
   * @return refused if there is none that is complete and undamaged
   */
  public static Outcome<DiskStaging> reopen(Path folder) {
    if (!isPending(folder)) {
      return Outcome.refused("there are no complete changed blocks in " + folder, "discard them");
    }
    try {
      ByteBuffer encoded = ByteBuffer.wrap(Files.readAllBytes(folder.resolve(INDEX)));
      DiskStaging staging = new DiskStaging(folder, Index.decode(encoded), StandardOpenOption.READ);
      return whole(staging);
    } catch (IOException e) {
      return Outcome.refused(
          "the changed blocks in " + folder + " are damaged: " + e.getMessage(),
          "bring the VM back to its checkpoint, and check its file systems");
    }
  }

  private static Outcome<DiskStaging> whole(DiskStaging staging) throws IOException {
    try {
      StagedReader reader = staging.reader();
      for (Changes changes : staging.index().disks()) {
        reader.read(changes, (block, contents) -> {});
      }
      return Outcome.done(staging);
    } catch (IOException e) {
      staging.close();
      throw e;
    }
  }

  /**
   * Whether there is one that was completed and not discarded. Once a return is committed, none
   * says that it was merged.
   */
  public static boolean isPending(Path folder) {
    return Files.exists(folder.resolve(INDEX));
  }

  /**
   * Removes it, if there is one. It will not be found again after a power failure, either.
   *
   * @throws IOException if that is not sure
   */
  public static void discard(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    if (Files.deleteIfExists(folder.resolve(INDEX))) {
      sync(folder); // before its blocks: an index alone would be taken for damage
    }
    Files.deleteIfExists(folder.resolve(NEW_INDEX));
    Files.deleteIfExists(folder.resolve(BLOCKS));
    Files.deleteIfExists(folder);
  }

  /**
   * Takes changed blocks, from {@code contents}'s position to its limit.
   *
   * @param disk its place in the list of disks
   * @param block the first
   * @throws IOException if the disk has no such blocks or they cannot be kept; it will not be
   *     completed then
   */
  public synchronized void take(int disk, long block, ByteBuffer contents) throws IOException {
    Gathering gathering = gathering(disk);
    int count = contents.remaining() / Pages.SIZE;
    gathering.check(block, count);
    if (contents.remaining() % Pages.SIZE != 0) {
      throw new IOException(contents.remaining() + " bytes are not whole blocks");
    }
    try {
      int from = 0;
      int slot = -1;
      for (int i = 0; i <= count; i++) {
        int next = i < count ? keep(gathering, block + i, contents, i) : -1;
        if (i > from && next != slot + (i - from)) {
          int begin = contents.position() + (from << Pages.SHIFT);
          write(blocks, contents.slice(begin, (i - from) << Pages.SHIFT), Pages.offset(slot));
          from = i;
        }
        slot = i == from ? next : slot;
      }
      contents.position(contents.limit());
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Notes a block; returns the slot its contents belong to. */
  private int keep(Gathering gathering, long block, ByteBuffer contents, int at) {
    int slot = gathering.data(block, slots);
    if (slot == slots) {
      slots = Math.addExact(slots, 1);
      crcs = slot < crcs.length ? crcs : Arrays.copyOf(crcs, 2 * crcs.length);
    }
    crc.reset();
    crc.update(contents.slice(contents.position() + (at << Pages.SHIFT), Pages.SIZE));
    crcs[slot] = (int) crc.getValue();
    return slot;
  }

  /**
   * Takes blocks that became zeros.
   *
   * @param disk its place in the list of disks
   * @throws IOException if the disk has no such blocks
   */
  public synchronized void zero(int disk, long first, long count) throws IOException {
    Gathering gathering = gathering(disk);
    gathering.check(first, count);
    gathering.zero(first, count);
  }

  private Gathering gathering(int disk) throws IOException {
    if (index != null || failure != null) {
      throw new IOException("no more can be staged in " + folder, failure);
    }
    if (disk < 0 || disk >= gatherings.size()) {
      throw new IOException("the VM has no disk number " + disk);
    }
    return gatherings.get(disk);
  }

  /** How many blocks are staged. */
  public synchronized long size() {
    return gatherings.stream().mapToLong(Gathering::size).sum();
  }

  /**
   * Makes what came so far durable, so that to complete it takes less. More may come meanwhile.
   *
   * @throws IOException if that is not sure; it will not be completed then
   */
  public void settle() throws IOException {
    try {
      blocks.force(false);
    } catch (IOException e) {
      synchronized (this) {
        throw failed(e);
      }
    }
  }

  /** A sync that failed once succeeds the next time, and what it lost is lost. */
  private IOException failed(IOException e) {
    failure = e;
    return e;
  }

  /**
   * All came: it is durable when this returns, and nothing more is taken.
   *
   * @param epoch of the stay it comes home from
   * @throws IOException if that is not sure
   */
  public synchronized void complete(long epoch) throws IOException {
    if (failure != null) {
      throw new IOException("changed blocks were lost: " + failure.getMessage(), failure);
    }
    settle();
    Index complete =
        new Index(
            epoch, gatherings.stream().map(disk -> disk.changes(slot -> crcs[slot])).toList());
    try (FileChannel file =
        FileChannel.open(
            folder.resolve(NEW_INDEX),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      write(file, complete.encode(), 0);
      file.force(false);
    }
    Files.move(folder.resolve(NEW_INDEX), folder.resolve(INDEX), StandardCopyOption.ATOMIC_MOVE);
    sync(folder);
    index = complete;
  }

  /** The epoch it was completed with. */
  public long epoch() {
    return index().epoch();
  }

  synchronized Index index() {
    if (index == null) {
      throw new IllegalStateException("the staging is not complete");
    }
    return index;
  }

  /** Reads what is staged. */
  StagedReader reader() {
    return new StagedReader(blocks);
  }

  private static void write(FileChannel file, ByteBuffer from, long at) throws IOException {
    for (long to = at; from.hasRemaining(); ) {
      to += file.write(from, to);
    }
  }

  private static void sync(@Nullable Path folder) throws IOException {
    if (folder != null) {
      try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
        directory.force(true);
      }
    }
  }

  @Override
  public void close() throws IOException {
    blocks.close();
  }
}
