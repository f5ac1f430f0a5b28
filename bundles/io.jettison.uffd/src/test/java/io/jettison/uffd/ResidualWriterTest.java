package io.jettison.uffd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResidualWriterTest {
  private static final int PAGES = 64;
  private static final MemoryMap MAP = MemoryMap.ofBytes((long) PAGES << Pages.SHIFT);

  @TempDir Path folder;
  private final Random random = new Random(1);
  private final byte[] expected = new byte[PAGES << Pages.SHIFT];
  private Path ram;

  /** Contents, and a hole in the second half. */
  @BeforeEach
  void fill() throws IOException {
    ram = folder.resolve("ram");
    byte[] half = new byte[expected.length / 2];
    random.nextBytes(half);
    System.arraycopy(half, 0, expected, 0, half.length);
    Files.write(ram, half);
    setLength(expected.length);
  }

  private void setLength(long bytes) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(ram.toFile(), "rw")) {
      file.setLength(bytes);
    }
  }

  private void write(ResidualWriter writer, int pfn, int count) throws IOException {
    byte[] pages = new byte[count << Pages.SHIFT];
    random.nextBytes(pages);
    System.arraycopy(pages, 0, expected, pfn << Pages.SHIFT, pages.length);
    ByteBuffer from = ByteBuffer.allocateDirect(pages.length + 8).position(8).put(pages);
    from.position(8);
    writer.write(pfn, from);
    assertThat(from.hasRemaining()).isFalse();
  }

  @Test
  void whatIsExpectedIsWrittenAsWhatIsNot() throws IOException {
    try (ResidualWriter writer = new ResidualWriter(ram, MAP)) {
      writer.expect(3, 2);
      writer.expect(4, 4);
      writer.expect(20, 30);
      assertThat(Files.readAllBytes(ram)).isEqualTo(expected);
      try (SparseFile file = new SparseFile(ram)) {
        assertThat(file.populated().contains(49)).as("it is mapped").isTrue();
        assertThat(file.populated().contains(50)).isFalse();
      }
      write(writer, 0, 12); // not, expected, not
      write(writer, 4, 2);
      write(writer, 40, 24);
      writer.expect(60, 4);
      write(writer, 60, 4);
      write(writer, 15, 1);
    }
    assertThat(Files.readAllBytes(ram)).isEqualTo(expected);
  }

  @Test
  void toExpectWhatCannotBeMappedIsInVainAndDoesNoHarm() throws IOException {
    setLength(expected.length / 4);
    Arrays.fill(expected, expected.length / 4, expected.length, (byte) 0);
    try (ResidualWriter writer = new ResidualWriter(ram, MAP)) {
      writer.expect(0, 4);
      writer.expect(PAGES, 1);
      write(writer, 0, 8);
      write(writer, PAGES - 1, 1);
      ByteBuffer page = ByteBuffer.allocate(Pages.SIZE);
      assertThatThrownBy(() -> writer.write(PAGES, page)).isInstanceOf(IOException.class);
    }
    assertThat(Files.readAllBytes(ram)).isEqualTo(expected);
  }
}
