package io.jettison.bench;

import io.jettison.api.Outcome;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.Pages;
import io.jettison.diskmerge.DiskStaging;
import io.jettison.diskmerge.Merge;
import io.jettison.disksrv.internal.RawFormat;
import io.jettison.lab.LabException;
import io.jettison.lab.Ran;
import io.jettison.lab.Talk;
import io.jettison.lab.Workspace;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/**
 * How long it takes to merge what changed into an image, until it is durable: against dd, which
 * writes the same blocks to the same places and waits for them, too; and, where they are scattered,
 * against dd of as many bytes in one run, which a disk does faster.
 */
final class Merges {
  private static final int WARMUPS = 2;
  private static final int BLOCKS = (64 << 20) / Pages.SIZE;
  private static final long IMAGE_BLOCKS = 16L * BLOCKS;
  private static final double GOAL = 2;

  private final Path folder;
  private final Talk talk;
  private final int rounds;
  private final Random random = new Random(2);

  Merges(Workspace workspace, Talk talk, int rounds) {
    this.folder = workspace.disk().resolve("merge");
    this.talk = talk;
    this.rounds = rounds;
  }

  void run(Findings findings) throws LabException {
    try {
      Files.createDirectories(folder);
      Path image = filled("image", IMAGE_BLOCKS);
      Path bytes = filled("bytes", BLOCKS);
      for (boolean scattered : new boolean[] {true, false}) {
        String order = scattered ? "random" : "sequential";
        List<Double> ours = new ArrayList<>();
        List<Double> places = new ArrayList<>();
        List<Double> oneRun = new ArrayList<>();
        for (int round = 1 - WARMUPS; round <= rounds; round++) {
          long[] blocks = scattered ? scattered() : consecutive();
          double merge = merge(image, blocks);
          double dd = dd(sparse(blocks), image, "bs=4k", "conv=sparse,fdatasync,notrunc");
          double run = dd(bytes, image, "bs=1M", "conv=fdatasync,notrunc");
          if (round > 0) {
            ours.add(merge);
            places.add(dd);
            oneRun.add(run);
          }
        }
        talk.say("merge: " + order + " blocks are merged");
        String name = "merge_64m_" + order + "_vs_dd_";
        findings.add(
            Ratio.atMost(name + "same_places", median(ours), median(places), "ms", GOAL), true);
        findings.add(
            Ratio.atMost(name + "in_one_run", median(ours), median(oneRun), "ms", GOAL), true);
      }
    } catch (IOException e) {
      throw new LabException("the files to be merged cannot be written", e);
    }
  }

  private static double median(List<Double> millis) {
    return millis.stream().sorted(Comparator.naturalOrder()).toList().get(millis.size() / 2);
  }

  private Path filled(String name, long blocks) throws IOException, LabException {
    Path file = folder.resolve(name);
    byte[] block = new byte[Pages.SIZE];
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
      for (long i = 0; i < blocks; i++) {
        random.nextBytes(block);
        out.write(block);
      }
    }
    Ran.tool("sync", file.toString());
    return file;
  }

  private long[] scattered() {
    return random.longs(0, IMAGE_BLOCKS).distinct().limit(BLOCKS).toArray();
  }

  private static long[] consecutive() {
    return LongStream.range(0, BLOCKS).toArray();
  }

  private double merge(Path image, long[] blocks) throws IOException {
    VmSpec.Disk disk =
        new VmSpec.Disk(
            "vda",
            image.toString(),
            VmSpec.Disk.Kind.FOLLOWS,
            VmSpec.Disk.RAW,
            Pages.offset(IMAGE_BLOCKS));
    Path staged = folder.resolve("staged");
    byte[] contents = new byte[Pages.SIZE];
    try (DiskStaging staging = DiskStaging.begin(staged, List.of(disk))) {
      for (long block : blocks) {
        random.nextBytes(contents);
        staging.take(0, block, ByteBuffer.wrap(contents));
      }
      staging.complete(1);
      long began = System.nanoTime();
      Merge.apply(staging, any -> Outcome.done(new RawFormat())).orThrow();
      double millis = (System.nanoTime() - began) / 1e6;
      DiskStaging.discard(staged);
      return millis;
    }
  }

  /** A file with these blocks in their places, and holes elsewhere. */
  private Path sparse(long[] blocks) throws IOException {
    Path file = folder.resolve("sparse");
    byte[] contents = new byte[Pages.SIZE];
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(0);
      for (long block : blocks) {
        random.nextBytes(contents);
        out.seek(Pages.offset(block));
        out.write(contents);
      }
      out.getFD().sync(); // else dd would wait for these, too
    }
    return file;
  }

  private static double dd(Path from, Path into, String size, String how) throws LabException {
    long began = System.nanoTime();
    Ran.tool("dd", "if=" + from, "of=" + into, size, how);
    return (System.nanoTime() - began) / 1e6;
  }
}
