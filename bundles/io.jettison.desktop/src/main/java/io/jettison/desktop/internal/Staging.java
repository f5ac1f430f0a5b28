package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.hypervisor.ReturningVm;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.diskmerge.DiskStaging;
import io.jettison.diskmerge.Merge;
import io.jettison.wire.WireException;
import io.jettison.wire.control.ControlCodec;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.DescriptorEnd;
import io.jettison.wire.control.ControlMessage.DescriptorPart;
import io.jettison.wire.control.ControlMessage.Saved;
import io.jettison.wire.control.ControlMessage.Stage;
import io.jettison.wire.control.ControlMessage.StagePacked;
import io.jettison.wire.control.ControlMessage.StageZeros;
import io.jettison.wire.control.DescriptorUnpacker;
import io.jettison.wire.page.PageBlock;
import io.jettison.wire.page.PageSetCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What comes back, kept apart from the residual until the return is committed, and after that until
 * the VM runs: integrating it may be begun anew as often as it takes. Files, so that it outlives
 * the JVM; beside the residual, whose fate it shares. One that is not complete is of use only to
 * who knows that all that was sent for it came.
 */
final class Staging implements AutoCloseable {
  private static final int INTEGRATE_BYTES = 1 << 18;
  private static final int MOST_HELD = (32 << 20) / Pages.SIZE;
  private static final String INDEX = "index";

  private static final SecureRandom NAMES = new SecureRandom();

  private final long name = NAMES.nextLong();
  private final Path folder;
  private final MemoryMap map;
  private final FileChannel pages;
  private final FileChannel descriptor;
  private final PageSet staged;
  private final Map<Long, byte[]> held = new HashMap<>();
  private final DescriptorUnpacker unpacker = new DescriptorUnpacker();
  private final PageBlock block = new PageBlock(ControlCodec.BULK_BYTES / Pages.SIZE);

  /** Made ahead: new memory may cost 20 us a page, and the VM is stopped when it is used. */
  private final ByteBuffer run = ByteBuffer.allocateDirect(INTEGRATE_BYTES);

  private final CRC32C pageCrc = new CRC32C();
  private final CRC32C descriptorCrc = new CRC32C();
  private final Path disksFolder;
  private final @Nullable DiskStaging disks;
  private boolean descriptorWhole;

  private Staging(
      DesktopVm vm,
      MemoryMap map,
      @Nullable DiskStaging disks,
      PageSet staged,
      StandardOpenOption... how)
      throws IOException {
    this.folder = folder(vm);
    this.disksFolder = disks(vm);
    this.map = map;
    this.disks = disks;
    this.staged = staged;
    this.pages = FileChannel.open(folder.resolve("pages"), how);
    this.descriptor = FileChannel.open(folder.resolve("descriptor"), how);
  }

  /** An empty one. */
  static Staging begin(DesktopVm vm) throws IOException {
    discard(vm);
    VmSpec spec = vm.ownership().spec().orElseThrow();
    Files.createDirectories(folder(vm));
    return new Staging(
        vm,
        spec.memory(),
        spec.following().isEmpty() ? null : DiskStaging.begin(disks(vm), spec.following()),
        new PageSet(),
        StandardOpenOption.CREATE_NEW,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE);
  }

  /** The one of a committed return. */
  static Staging reopen(DesktopVm vm) throws IOException {
    MemoryMap map = vm.ownership().spec().orElseThrow().memory();
    ByteBuffer index = ByteBuffer.wrap(Files.readAllBytes(folder(vm).resolve(INDEX)));
    PageSet staged = new PageSet();
    PageSetCodec.decode(index, staged, map.end());
    return new Staging(vm, map, pendingDisks(vm), staged, StandardOpenOption.READ);
  }

  /** Whether the memory of a committed return is still there: a power failure takes it along. */
  static boolean hasMemory(DesktopVm vm) {
    return Files.exists(folder(vm).resolve(INDEX));
  }

  /** Brings what a committed return says of disks to its end, without the VM. */
  static void mergeDisks(Context context, DesktopVm vm) throws IOException {
    try (DiskStaging pending = pendingDisks(vm)) {
      if (pending != null) {
        Merge.apply(pending, disk -> context.disksrv().format(disk.format())).orThrow();
      }
    }
  }

  /** Null once its disks are merged, or if it had none. Of the return that is committed only. */
  private static @Nullable DiskStaging pendingDisks(DesktopVm vm) throws IOException {
    if (!DiskStaging.isPending(disks(vm))) {
      return null;
    }
    DiskStaging pending = DiskStaging.reopen(disks(vm)).orThrow();
    if (pending.epoch() + 1 == vm.ownership().epoch()) {
      return pending;
    }
    pending.close();
    return null;
  }

  /**
   * One that takes the VM back to its checkpoint: its descriptor, and no changed pages.
   *
   * @return refused if there is no checkpoint
   */
  static Outcome<Nothing> ofCheckpoint(DesktopVm vm) throws IOException {
    Path checkpoint = Checkpoint.path(vm.place);
    if (!Files.exists(checkpoint)) {
      return Outcome.refused(
          "there is no checkpoint in " + vm.place.memory(), "boot the VM: its memory is lost");
    }
    discard(vm);
    Path folder = Files.createDirectories(folder(vm));
    Files.copy(checkpoint, folder.resolve("descriptor"));
    Files.createFile(folder.resolve("pages"));
    Files.createFile(folder.resolve(INDEX));
    return Outcome.done();
  }

  /** Removes it. */
  static void discard(DesktopVm vm) throws IOException {
    for (String name : new String[] {"pages", "descriptor", INDEX, INDEX + ".new"}) {
      Files.deleteIfExists(folder(vm).resolve(name));
    }
    Files.deleteIfExists(folder(vm));
    DiskStaging.discard(disks(vm));
  }

  private static Path folder(DesktopVm vm) {
    return vm.place.memory().resolve("return");
  }

  private static Path disks(DesktopVm vm) {
    return vm.disks.resolve("return");
  }

  /** What the server knows it by: a random number, so that no other is or was called so. */
  long name() {
    return name;
  }

  /** Takes what comes, on the link's thread. */
  synchronized void take(ControlMessage message) throws IOException {
    if (message instanceof Stage stage) {
      take(stage.volume(), stage.pfn(), stage.crc(), stage.pages());
    } else if (message instanceof StagePacked stage) {
      ByteBuffer contents = block.unpack(stage.block(), stage.count());
      take(stage.volume(), stage.pfn(), stage.crc(), contents);
    } else if (message instanceof StageZeros stage) {
      disks(stage.volume()).zero(stage.volume() - 1, stage.first(), stage.count());
    } else if (message instanceof DescriptorPart part) {
      ByteBuffer piece = unpacker.unpack(part);
      descriptorCrc.update(piece.duplicate());
      write(descriptor, piece, descriptor.size());
    } else if (message instanceof DescriptorEnd end) {
      descriptorWhole =
          descriptor.size() == end.total() && (int) descriptorCrc.getValue() == end.crc();
    } else {
      throw new WireException("unexpected " + message.getClass().getSimpleName());
    }
  }

  private DiskStaging disks(int volume) throws WireException {
    DiskStaging staging = disks;
    if (volume == ControlMessage.MEMORY || staging == null) {
      throw new WireException("changed blocks of volume " + volume + ", which is no disk");
    }
    return staging;
  }

  private void take(int volume, long pfn, int crc, ByteBuffer contents) throws IOException {
    long count = contents.remaining() / Pages.SIZE;
    pageCrc.reset();
    pageCrc.update(contents.duplicate());
    boolean known = volume != ControlMessage.MEMORY || map.contains(pfn, count);
    if ((int) pageCrc.getValue() != crc || !known) {
      throw new WireException("changed pages from " + pfn + " on were damaged on their way");
    }
    if (volume == ControlMessage.MEMORY) {
      write(pages, contents, Pages.offset(pfn));
      staged.add(pfn, count);
      hold(pfn, contents);
    } else {
      disks(volume).take(volume - 1, pfn, contents.duplicate());
    }
  }

  /** To read it back when the VM is stopped would take longer than to have kept it. */
  private void hold(long pfn, ByteBuffer contents) {
    for (int at = 0; at < contents.remaining(); at += Pages.SIZE) {
      Long key = pfn + (at >> Pages.SHIFT);
      byte[] page = held.get(key);
      if (page == null && held.size() < MOST_HELD) {
        page = new byte[Pages.SIZE];
        held.put(key, page);
      }
      if (page != null) {
        contents.get(contents.position() + at, page);
      }
    }
  }

  /** Makes what came of disks durable, so that less of that is left for when the VM is stopped. */
  void settle() throws IOException {
    if (disks != null) {
      disks.settle();
    }
  }

  private static void write(FileChannel file, ByteBuffer from, long at) throws IOException {
    ByteBuffer rest = from.duplicate();
    for (long to = at; rest.hasRemaining(); ) {
      to += file.write(rest, to);
    }
  }

  /** Forgets a descriptor that came before the VM went on there. */
  synchronized void again() throws IOException {
    descriptor.truncate(0);
    descriptorCrc.reset();
    descriptorWhole = false;
  }

  /** Checks that all came, and keeps what is needed to find it again. */
  synchronized Outcome<Nothing> complete(Saved saved, long epoch) throws IOException {
    long blocks = disks == null ? 0 : disks.size();
    if (!descriptorWhole || staged.size() != saved.dirty() || blocks != saved.blocks()) {
      return Outcome.refused(
          "the return is incomplete: "
              + staged.size()
              + " of "
              + saved.dirty()
              + " changed pages and "
              + blocks
              + " of "
              + saved.blocks()
              + " changed blocks came, and the descriptor is "
              + (descriptorWhole ? "whole" : "damaged"),
          "try again; the VM goes on on the server");
    }
    if (disks != null) {
      disks.complete(epoch);
    }
    Path fresh = folder.resolve(INDEX + ".new");
    try (FileChannel index =
        FileChannel.open(fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      write(index, encoded(staged), 0);
    }
    Files.move(fresh, folder.resolve(INDEX), StandardCopyOption.ATOMIC_MOVE);
    return Outcome.done();
  }

  /**
   * Checks that all blocks of disks came, where there is no memory to come: what is left of a
   * return that is committed when the PC loses its power.
   */
  synchronized Outcome<Nothing> completeDisks(long blocks, long epoch) throws IOException {
    long came = disks == null ? 0 : disks.size();
    if (disks == null || came != blocks) {
      return Outcome.refused(came + " of " + blocks + " changed blocks came", "try again");
    }
    disks.complete(epoch);
    return Outcome.done();
  }

  private static ByteBuffer encoded(PageSet set) {
    int[] runs = {0};
    set.forEachRange((first, count) -> runs[0]++);
    ByteBuffer bytes = ByteBuffer.allocate(PageSetCodec.RUN_BYTES * (runs[0] + 1));
    PageSetCodec.encode(set, 0, bytes);
    return bytes.flip();
  }

  /** Tells the VM that waits which pages it will get, while there is time. */
  synchronized void announce(ReturningVm vm) {
    staged.forEachRange(vm::expect);
  }

  /** Writes the changed pages into the residual. */
  synchronized void integrate(ReturningVm vm) throws IOException {
    for (long first = staged.next(0); first >= 0; ) {
      long end = Math.min(staged.nextAbsent(first), first + INTEGRATE_BYTES / Pages.SIZE);
      run.clear();
      for (long pfn = first; pfn < end; pfn++) {
        contents(pfn, run);
      }
      vm.integrate(first, run.flip());
      first = staged.next(end);
    }
  }

  private void contents(long pfn, ByteBuffer into) throws IOException {
    byte[] page = held.get(pfn);
    if (page != null) {
      into.put(page);
      return;
    }
    int end = into.position() + Pages.SIZE;
    into.limit(end);
    while (into.hasRemaining()) {
      if (pages.read(into, Pages.offset(pfn) + Pages.SIZE - into.remaining()) < 0) {
        throw new IOException("the staged pages end early");
      }
    }
    into.limit(into.capacity());
  }

  boolean hasDisks() {
    return disks != null;
  }

  /**
   * Writes the changed blocks into their images. May be repeated until it is done; then it is never
   * done again, also after a power failure: the VM is about to write to its disks.
   */
  synchronized void mergeDisks(Context context) throws IOException {
    if (disks != null) {
      Merge.apply(disks, disk -> context.disksrv().format(disk.format())).orThrow();
      DiskStaging.discard(disksFolder);
    }
  }

  /** The descriptor from its beginning. */
  synchronized ReadableByteChannel descriptor() throws IOException {
    return FileChannel.open(folder.resolve("descriptor"), StandardOpenOption.READ);
  }

  @Override
  public void close() throws IOException {
    pages.close();
    descriptor.close();
    if (disks != null) {
      disks.close();
    }
  }
}
