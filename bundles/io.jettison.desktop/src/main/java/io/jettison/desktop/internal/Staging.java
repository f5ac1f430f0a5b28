package io.jettison.desktop.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.hypervisor.ReturningVm;
import io.jettison.api.hypervisor.VmPlace;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.wire.WireException;
import io.jettison.wire.control.ControlCodec;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.DescriptorEnd;
import io.jettison.wire.control.ControlMessage.DescriptorPart;
import io.jettison.wire.control.ControlMessage.Stage;
import io.jettison.wire.control.ControlMessage.StagePacked;
import io.jettison.wire.control.DescriptorInflater;
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
import java.util.zip.CRC32C;

/**
 * What comes back, kept apart from the residual until the return is committed, and after that until
 * the VM runs: integrating it may be begun anew as often as it takes. Files, so that it outlives
 * the JVM; beside the residual, whose fate it shares. One that is not complete is of use only to
 * who knows that all that was sent for it came.
 */
final class Staging implements AutoCloseable {
  private static final int INTEGRATE_BYTES = 1 << 20;

  private static final SecureRandom NAMES = new SecureRandom();

  private final long name = NAMES.nextLong();
  private final Path folder;
  private final MemoryMap map;
  private final FileChannel pages;
  private final FileChannel descriptor;
  private final PageSet staged;
  private final DescriptorInflater inflater = new DescriptorInflater();
  private final PageBlock block = new PageBlock(ControlCodec.BULK_BYTES / Pages.SIZE);
  private final CRC32C pageCrc = new CRC32C();
  private final CRC32C descriptorCrc = new CRC32C();
  private boolean descriptorWhole;

  private Staging(Path folder, MemoryMap map, PageSet staged, StandardOpenOption... how)
      throws IOException {
    this.folder = folder;
    this.map = map;
    this.staged = staged;
    this.pages = FileChannel.open(folder.resolve("pages"), how);
    this.descriptor = FileChannel.open(folder.resolve("descriptor"), how);
  }

  /** An empty one. */
  static Staging begin(VmPlace place, MemoryMap map) throws IOException {
    discard(place);
    Path folder = Files.createDirectories(folder(place));
    return new Staging(
        folder,
        map,
        new PageSet(),
        StandardOpenOption.CREATE_NEW,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE);
  }

  /** The one of a committed return. */
  static Staging reopen(VmPlace place, MemoryMap map) throws IOException {
    PageSet staged = new PageSet();
    PageSetCodec.decode(
        ByteBuffer.wrap(Files.readAllBytes(folder(place).resolve("index"))), staged);
    return new Staging(folder(place), map, staged, StandardOpenOption.READ);
  }

  /**
   * One that takes the VM back to its checkpoint: its descriptor, and no changed pages.
   *
   * @return refused if there is no checkpoint
   */
  static Outcome<Nothing> ofCheckpoint(VmPlace place) throws IOException {
    Path checkpoint = Checkpoint.path(place);
    if (!Files.exists(checkpoint)) {
      return Outcome.refused(
          "there is no checkpoint in " + place.memory(), "boot the VM: its memory is lost");
    }
    discard(place);
    Path folder = Files.createDirectories(folder(place));
    Files.copy(checkpoint, folder.resolve("descriptor"));
    Files.createFile(folder.resolve("pages"));
    Files.createFile(folder.resolve("index"));
    return Outcome.done();
  }

  /** Removes it. */
  static void discard(VmPlace place) throws IOException {
    for (String name : new String[] {"pages", "descriptor", "index", "index.new"}) {
      Files.deleteIfExists(folder(place).resolve(name));
    }
    Files.deleteIfExists(folder(place));
  }

  private static Path folder(VmPlace place) {
    return place.memory().resolve("return");
  }

  /** What the server knows it by: a random number, so that no other is or was called so. */
  long name() {
    return name;
  }

  /** Takes what comes, on the link's thread. */
  synchronized void take(ControlMessage message) throws IOException {
    if (message instanceof Stage stage) {
      take(stage.pfn(), stage.crc(), stage.pages());
    } else if (message instanceof StagePacked stage) {
      take(stage.pfn(), stage.crc(), block.unpack(stage.block(), stage.count()));
    } else if (message instanceof DescriptorPart part) {
      inflater.inflate(
          part.bytes(),
          piece -> {
            descriptorCrc.update(piece.duplicate());
            write(descriptor, piece, descriptor.size());
          });
    } else if (message instanceof DescriptorEnd end) {
      descriptorWhole =
          descriptor.size() == end.total() && (int) descriptorCrc.getValue() == end.crc();
    } else {
      throw new WireException("unexpected " + message.getClass().getSimpleName());
    }
  }

  private void take(long pfn, int crc, ByteBuffer contents) throws IOException {
    long count = contents.remaining() / Pages.SIZE;
    pageCrc.reset();
    pageCrc.update(contents.duplicate());
    if ((int) pageCrc.getValue() != crc || !map.contains(pfn, count)) {
      throw new WireException("changed pages from " + pfn + " on were damaged on their way");
    }
    write(pages, contents, Pages.offset(pfn));
    staged.add(pfn, count);
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
    inflater.reset();
    descriptorCrc.reset();
    descriptorWhole = false;
  }

  /** Checks that all came, and keeps what is needed to find it again. */
  synchronized Outcome<Nothing> complete(long expectedPages) throws IOException {
    if (!descriptorWhole || staged.size() != expectedPages) {
      return Outcome.refused(
          "the return is incomplete: "
              + staged.size()
              + " of "
              + expectedPages
              + " changed pages came, and the descriptor is "
              + (descriptorWhole ? "whole" : "damaged"),
          "try again; the VM goes on on the server");
    }
    try (FileChannel index =
        FileChannel.open(
            folder.resolve("index.new"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      write(index, encoded(staged), 0);
    }
    Files.move(
        folder.resolve("index.new"), folder.resolve("index"), StandardCopyOption.ATOMIC_MOVE);
    return Outcome.done();
  }

  private static ByteBuffer encoded(PageSet set) {
    int[] runs = {0};
    set.forEachRange((first, count) -> runs[0]++);
    ByteBuffer bytes = ByteBuffer.allocate(PageSetCodec.RUN_BYTES * (runs[0] + 1));
    PageSetCodec.encode(set, 0, bytes);
    return bytes.flip();
  }

  /** Writes the changed pages into the residual. */
  synchronized void integrate(ReturningVm vm) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(INTEGRATE_BYTES);
    for (long first = staged.next(0); first >= 0; ) {
      long end = Math.min(staged.nextAbsent(first), first + INTEGRATE_BYTES / Pages.SIZE);
      buffer.clear().limit((int) Pages.offset(end - first));
      for (long at = Pages.offset(first); buffer.hasRemaining(); ) {
        int length = pages.read(buffer, at);
        if (length < 0) {
          throw new IOException("the staged pages end early");
        }
        at += length;
      }
      vm.integrate(first, buffer.flip());
      first = staged.next(end);
    }
  }

  /** The descriptor from its beginning. */
  synchronized ReadableByteChannel descriptor() throws IOException {
    return FileChannel.open(folder.resolve("descriptor"), StandardOpenOption.READ);
  }

  @Override
  public void close() throws IOException {
    inflater.close();
    pages.close();
    descriptor.close();
  }
}
