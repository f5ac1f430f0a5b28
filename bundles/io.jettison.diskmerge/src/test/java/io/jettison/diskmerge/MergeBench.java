package io.jettison.diskmerge;

import io.jettison.api.Outcome;
import io.jettison.api.disk.DiskFormat;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.Pages;
import io.jettison.disksrv.internal.Qcow2Format;
import io.jettison.disksrv.internal.RawFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * How long it takes to merge a slice, beside dd with the same bytes one after the other, and beside
 * a bare program that writes them to the same places: {@code MergeBench FOLDER [MIB [RUNS]]}.
 * Prints medians; the folder says which file system is measured.
 */
public final class MergeBench {
  private static final int IMAGE_TIMES = 16;
  private static final int TAKE_BLOCKS = 64;

  private final Path folder;
  private final int blocks;
  private final int runs;
  private final Random random = new Random(1);
  private final byte[] slice;
  private final ByteBuffer direct;

  private MergeBench(Path folder, int mebibytes, int runs) throws IOException {
    this.folder = folder;
    this.runs = runs;
    this.blocks = mebibytes << 8;
    slice = new byte[mebibytes << 20];
    random.nextBytes(slice);
    direct = ByteBuffer.allocateDirect(slice.length).put(slice);
    Files.write(folder.resolve("slice"), slice);
  }

  /** Measures. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    int mebibytes = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 64;
    int runs = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5;
    new MergeBench(folder, mebibytes, runs).measure();
  }

  private void measure() throws IOException, InterruptedException {
    System.out.printf("%d MiB, medians of %d, ms%n", blocks >> 8, runs);
    System.out.printf("%-26s %8s %8s %8s %8s%n", "", "dd", "bare", "staging", "merge");
    Path raw = folder.resolve("disk.raw");
    Path qcow2 = folder.resolve("disk.qcow2");
    fill(raw);
    CrashTest.qemuImg("convert", "-f", "raw", "-O", "qcow2", raw.toString(), qcow2.toString());
    Path empty = folder.resolve("empty.qcow2");
    Qcow2Format format = new Qcow2Format(folder);
    Path sparse = folder.resolve("sparse.raw");
    for (boolean sequential : new boolean[] {true, false}) {
      String how = sequential ? "sequential" : "random 4 KiB";
      line("raw, " + how, raw, new RawFormat(), sequential, () -> {});
      line("sparse raw, " + how, sparse, new RawFormat(), sequential, () -> cut(sparse));
      line("qcow2, " + how, qcow2, format, sequential, () -> {});
      line("empty qcow2, " + how, empty, format, sequential, () -> create(empty));
    }
  }

  private long imageBytes() {
    return (long) IMAGE_TIMES * slice.length;
  }

  private void fill(Path image) throws IOException {
    try (FileChannel file =
        FileChannel.open(image, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int i = 0; i < IMAGE_TIMES; i++) {
        ByteBuffer bytes = ByteBuffer.wrap(slice);
        while (bytes.hasRemaining()) {
          file.write(bytes, (long) i * slice.length + bytes.position());
        }
      }
      file.force(true);
    }
  }

  private void cut(Path image) throws IOException {
    Files.deleteIfExists(image);
    try (FileChannel file =
        FileChannel.open(image, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(1), imageBytes() - 1);
    }
  }

  private void create(Path image) throws IOException {
    CrashTest.qemuImg("create", "-f", "qcow2", image.toString(), Long.toString(imageBytes()));
  }

  private interface Before {
    void prepare() throws IOException;
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /** Everybody begins with nothing to write back and nothing of the image in memory. */
  private static void settle(Path image) throws IOException, InterruptedException {
    new ProcessBuilder("sync").start().waitFor();
    new ProcessBuilder(
            "dd",
            "of=" + image,
            "oflag=nocache",
            "conv=notrunc,fdatasync",
            "count=0",
            "status=none")
        .start()
        .waitFor();
  }

  /** The same bytes over a file that is there, and durable. */
  private double dd() throws IOException, InterruptedException {
    settle(folder.resolve("disk.raw"));
    long begin = System.nanoTime();
    String to = "of=" + folder.resolve("disk.raw");
    new ProcessBuilder("dd", "if=" + folder.resolve("slice"), to, "bs=1M", "conv=fdatasync,notrunc")
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
    return (System.nanoTime() - begin) / 1e6;
  }

  /** The same blocks at the same places, written and synced by nothing but that. */
  private double bare(BitSet places) throws IOException, InterruptedException {
    settle(folder.resolve("disk.raw"));
    long begin = System.nanoTime();
    try (FileChannel file =
        FileChannel.open(folder.resolve("disk.raw"), StandardOpenOption.WRITE)) {
      int at = 0;
      for (int first = places.nextSetBit(0); first >= 0; ) {
        int end = Math.min(places.nextClearBit(first), first + 256);
        int length = (end - first) << Pages.SHIFT;
        file.write(direct.slice(at, length), Pages.offset(first));
        at += length;
        first = places.nextSetBit(end);
      }
      file.force(false);
    }
    return (System.nanoTime() - begin) / 1e6;
  }

  private void line(String name, Path image, DiskFormat format, boolean sequential, Before before)
      throws IOException, InterruptedException {
    List<Double> dd = new ArrayList<>();
    List<Double> bare = new ArrayList<>();
    List<Double> staged = new ArrayList<>();
    List<Double> merged = new ArrayList<>();
    // one after the other: whatever else runs slows down all
    for (int i = 0; i < runs; i++) {
      before.prepare();
      BitSet places = new BitSet();
      if (sequential) {
        places.set(blocks, 2 * blocks);
      } else {
        choose(places);
      }
      for (int j = 0; j < 3; j++) { // and each of them comes first, second and last
        switch ((i + j) % 3) {
          case 0 -> dd.add(dd());
          case 1 -> bare.add(bare(places));
          default -> merge(image, format, places, staged, merged);
        }
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%-26s %8.1f %8.1f %8.1f %8.1f  %5.2f x dd %5.2f x bare%n",
        name,
        median(dd),
        median(bare),
        median(staged),
        median(merged),
        median(merged) / median(dd),
        median(merged) / median(bare));
  }

  private void merge(
      Path image, DiskFormat format, BitSet places, List<Double> staged, List<Double> merged)
      throws IOException, InterruptedException {
    VmSpec.Disk disk =
        new VmSpec.Disk("d", image.toString(), VmSpec.Disk.Kind.FOLLOWS, "any", imageBytes());
    Path place = folder.resolve("staging");
    settle(image);
    long begin = System.nanoTime();
    try (DiskStaging staging = DiskStaging.begin(place, List.of(disk))) {
      int at = 0;
      for (int first = places.nextSetBit(0); first >= 0; ) {
        int end = Math.min(places.nextClearBit(first), first + TAKE_BLOCKS);
        staging.take(0, first, contents(at, end - first));
        at += end - first;
        first = places.nextSetBit(end);
      }
      staging.complete(1);
      staged.add((System.nanoTime() - begin) / 1e6);
      settle(image);
      long merging = System.nanoTime();
      Merge.apply(staging, any -> Outcome.done(format)).orThrow();
      merged.add((System.nanoTime() - merging) / 1e6);
    } finally {
      DiskStaging.discard(place);
    }
  }

  private void choose(BitSet places) {
    while (places.cardinality() < blocks) {
      for (int i = places.cardinality(); i < blocks; i++) {
        places.set(random.nextInt(IMAGE_TIMES * blocks));
      }
    }
  }

  private ByteBuffer contents(int block, int count) {
    return ByteBuffer.wrap(slice, block << Pages.SHIFT, count << Pages.SHIFT).slice();
  }
}
