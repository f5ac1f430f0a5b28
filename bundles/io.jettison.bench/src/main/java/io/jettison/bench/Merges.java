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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/**
 * How long it takes to merge what changed into an image, until it is durable: against dd, which
 * writes as many bytes in one run into the same image and waits for them, too; and against a C
 * program that writes blocks one by one, in order, to the same places, since to write here and
 * there takes any disk longer.
 */
final class Merges {
  private static final int WARMUPS = 2;
  private static final int BLOCKS = (64 << 20) / Pages.SIZE;
  private static final long IMAGE_BLOCKS = 16L * BLOCKS;
  private static final double GOAL = 2;

  private final Path folder;
  private final Programs programs;
  private final Talk talk;
  private final int rounds;
  private final Random random = new Random(2);

  Merges(Workspace workspace, Talk talk, int rounds) {
    this.folder = workspace.disk().resolve("merge");
    this.programs = new Programs(workspace.disk().resolve("programs"));
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
        List<Double> writers = new ArrayList<>();
        List<Double> dds = new ArrayList<>();
        for (int round = 1 - WARMUPS; round <= rounds; round++) {
          long[] blocks = scattered ? scattered() : consecutive();
          double merge = merge(image, blocks);
          double writer =
              timed(programs.path("block-writer"), bytes + "", places(blocks), image + "");
          double dd = timed("dd", "if=" + bytes, "of=" + image, "bs=1M", "conv=fsync,notrunc");
          if (round > 0) {
            ours.add(merge);
            writers.add(writer);
            dds.add(dd);
          }
        }
        talk.say("merge: " + order + " blocks are merged");
        String name = "merge_64m_" + order + "_vs_";
        findings.add(Ratio.atMost(name + "dd", median(ours), median(dds), "ms", GOAL), true);
        findings.add(
            Ratio.atMost(name + "c_same_places", median(ours), median(writers), "ms", GOAL), false);
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

  /** A file that says where blocks go, in order. */
  private String places(long[] blocks) throws IOException {
    long[] sorted = blocks.clone();
    Arrays.sort(sorted);
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * sorted.length);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(sorted);
    return Files.write(folder.resolve("places"), bytes.array()).toString();
  }

  private static double timed(String... command) throws LabException {
    long began = System.nanoTime();
    Ran.tool(command);
    return (System.nanoTime() - began) / 1e6;
  }
}
