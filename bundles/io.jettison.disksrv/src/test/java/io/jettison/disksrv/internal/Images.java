package io.jettison.disksrv.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Images made with QEMU's tools, and what is in them. */
final class Images {
  private Images() {}

  /** Contents with runs of zeros in them, also at the end. */
  static byte[] contents(int bytes, long seed) {
    Random random = new Random(seed);
    byte[] contents = new byte[bytes];
    byte[] block = new byte[Pages.SIZE];
    for (int at = 0; at < bytes * 3 / 4; at += Pages.SIZE) {
      if ((at >> 17) % 2 == 0) { // in stretches of 128 KiB: two clusters
        random.nextBytes(block);
        System.arraycopy(block, 0, contents, at, Math.min(Pages.SIZE, bytes - at));
      }
    }
    return contents;
  }

  static Path raw(Path image, byte[] contents) throws IOException {
    return Files.write(image, contents);
  }

  static Path qcow2(Path image, byte[] contents) throws IOException {
    Path raw = Files.write(image.resolveSibling(image.getFileName() + ".raw"), contents);
    qemuImg("convert", "-f", "raw", "-O", "qcow2", raw.toString(), image.toString());
    return image;
  }

  static String qemuImg(String... arguments) throws IOException {
    String[] command = new String[arguments.length + 1];
    command[0] = "qemu-img";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return run(command);
  }

  static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.onExit().join().exitValue()).as(said).isZero();
    return said;
  }

  /** A block of the contents; beyond their end there are zeros. */
  static ByteBuffer blocks(byte[] contents, long block, int count) {
    ByteBuffer blocks = ByteBuffer.allocate(count << Pages.SHIFT);
    int at = (int) Pages.offset(block);
    blocks.put(0, contents, at, Math.min(blocks.capacity(), contents.length - at));
    return blocks;
  }
}
