package io.jettison.uffd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseFileTest {
  @TempDir Path folder;

  private SparseFile open(String name, int pages) throws IOException {
    Path path = folder.resolve(name);
    byte[] contents = new byte[pages << Pages.SHIFT];
    Arrays.fill(contents, (byte) 1);
    Files.write(path, contents);
    return new SparseFile(path);
  }

  @Test
  void onceClosedItLeavesAloneWhatHasItsDescriptorsNumber() throws IOException {
    SparseFile first = open("first", 1);
    first.close();
    try (SparseFile stranger = open("stranger", 3)) {
      assertThatThrownBy(first::populated).isInstanceOf(IOException.class);
      assertThatThrownBy(first::populatedPages).isInstanceOf(IOException.class);
      first.close();
      PageSet all = new PageSet();
      all.add(0, 3);
      assertThat(stranger.populated()).isEqualTo(all);
    }
  }
}
