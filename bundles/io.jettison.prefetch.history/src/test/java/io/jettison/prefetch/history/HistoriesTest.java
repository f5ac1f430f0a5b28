package io.jettison.prefetch.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.memory.PageSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoriesTest {
  @TempDir Path folder;

  private static PageSet set(long... pfns) {
    PageSet set = new PageSet();
    LongStream.of(pfns).forEach(set::add);
    return set;
  }

  private static List<Long> pfns(List<History.Page> pages) {
    return pages.stream().map(History.Page::pfn).toList();
  }

  @Test
  void whatEveryStayTouchedIsSurestAndWhatWasTouchedOnceIsForgotten() {
    History history = History.NONE;
    for (int stay = 0; stay < 4; stay++) {
      history = history.with(List.of(9L, 5L), set(5, 9, 100 + stay));
    }
    assertThat(pfns(history.likely(0.9, 100))).containsExactly(9L, 5L);
    assertThat(pfns(history.likely(0.4, 100))).containsExactly(9L, 5L, 103L);
    assertThat(pfns(history.likely(0, 3))).containsExactly(9L, 5L, 103L);
    assertThat(history.touched()).isEqualTo(3);
    assertThat(history.with(List.of(), set(1)).with(List.of(), set(1)).pages())
        .as("100 was touched six stays ago")
        .noneMatch(page -> page.pfn() == 100);
  }

  @Test
  void whatIsTouchedAtRandomIsNotExpectedAgain() {
    History history = History.NONE;
    for (int stay = 1; stay <= 5; stay++) {
      PageSet touched = set(5, 9);
      touched.add(1000L * stay, 500);
      history = history.with(List.of(), touched);
    }
    assertThat(pfns(history.likely(0.4, Long.MAX_VALUE))).containsExactly(5L, 9L);
  }

  @Test
  void oneLongStayDoesNotPoisonIt() {
    PageSet everything = new PageSet();
    everything.add(0, 100_000);
    History history = History.NONE.with(List.of(), set(1, 2)).with(List.of(), everything);
    assertThat(pfns(history.with(List.of(), set(1, 2)).likely(0.4, Long.MAX_VALUE)))
        .containsExactly(1L, 2L);
  }

  @Test
  void isReadAsItWasWritten() throws IOException {
    History history = History.NONE.with(List.of(7L, 3L), set(3, 7, 1L << 30));
    new Histories(folder).write("desk/pc", history);
    assertThat(new Histories(folder).read("desk/pc")).isEqualTo(history);
    assertThat(new Histories(folder).read("desk/other")).isEqualTo(History.NONE);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void aDamagedOneIsNone() throws IOException {
    Histories histories = new Histories(folder);
    History history = History.NONE.with(List.of(), set(1, 2, 3));
    histories.write("pc", history);
    Path file = folder.resolve("pc");
    byte[] whole = Files.readAllBytes(file);
    int none = 0;
    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= 0x40;
      Files.write(file, damaged);
      // either what was written, if the damage is in what the compression adds, or nothing
      assertThat(histories.read("pc")).isIn(history, History.NONE);
      Files.write(file, Arrays.copyOf(whole, i));
      none += histories.read("pc").equals(History.NONE) ? 1 : 0;
    }
    assertThat(none).isGreaterThan(whole.length - 8);
  }
}
