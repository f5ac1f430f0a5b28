package io.jettison.cownetdisk.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jettison.api.memory.PageSet;
import io.jettison.cownetdisk.internal.StoreFiles.Places;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found again of a disk, and what is not believed. */
class StoreFilesTest {
  private static final long BYTES = 100_000 * 4096L + 5;

  @TempDir Path folder;

  private StoreFiles open(long bytes, long epoch, String boot) throws IOException {
    return StoreFiles.open(Places.of(folder, folder, "d"), bytes, epoch, boot);
  }

  private static PageSet set(long... runs) {
    PageSet set = new PageSet();
    for (int i = 0; i < runs.length; i += 2) {
      set.add(runs[i], runs[i + 1]);
    }
    return set;
  }

  private void used() throws IOException {
    try (StoreFiles files = open(BYTES, 7, "one")) {
      files.map.fetched(5, 10);
      files.map.dirty(63, 3);
      files.map.dirty(100_000, 1);
      files.journal.append(set(63, 2));
    }
  }

  @Test
  void theMapHoldsInItsBoot() throws IOException {
    used();
    try (StoreFiles files = open(BYTES, 7, "one")) {
      assertThat(files.map.dirty()).isEqualTo(set(63, 3, 100_000, 1));
      assertThat(files.map.present()).isEqualTo(set(5, 10, 63, 3, 100_000, 1));
      assertThat(files.journal.blocks()).isEqualTo(set(63, 2));
    }
  }

  @Test
  void theJournalAloneHoldsInAnother() throws IOException {
    used();
    for (String boot : List.of("two", "two", "three")) {
      try (StoreFiles files = open(BYTES, 7, boot)) {
        assertThat(files.map.dirty()).isEqualTo(set(63, 2));
        assertThat(files.map.present()).isEqualTo(set(63, 2));
      }
    }
  }

  @Test
  void whatNeverHadContentsIsKnownOnceAllOfItIsWritten() throws IOException {
    try (StoreFiles files = open(BYTES, 7, "one")) {
      assertThat(files.map.isZero(8)).isFalse();
      files.map.allocated(set(5, 3, 99_999, 1_000_000));
      assertThat(files.map.isZero(8)).isTrue();
    }
    try (StoreFiles files = open(BYTES, 7, "one")) {
      assertThat(files.map.isZero(4)).isTrue();
      assertThat(files.map.isZero(7)).isFalse();
      assertThat(files.map.isZero(8)).isTrue();
      assertThat(files.map.isZero(100_000)).isFalse();
      assertThat(files.map.present().isEmpty()).isTrue();
    }
    try (StoreFiles files = open(BYTES, 7, "two")) {
      assertThat(files.map.isZero(8)).as("of another boot").isFalse();
    }
  }

  @Test
  void whatIsOfAnotherStayOrSizeIsDiscarded() throws IOException {
    used();
    try (StoreFiles files = open(BYTES + 1, 7, "one")) {
      assertThat(files.map.present().isEmpty()).isTrue();
    }
    used();
    try (StoreFiles files = open(BYTES, 8, "one")) {
      assertThat(files.map.present().isEmpty()).isTrue();
      assertThat(files.journal.blocks().isEmpty()).isTrue();
    }
  }

  @Test
  void aTornRecordIsIgnoredAndWrittenOver() throws IOException {
    used();
    Path journal = folder.resolve("d.journal");
    byte[] whole = Files.readAllBytes(journal);
    try (StoreFiles files = open(BYTES, 7, "one")) {
      files.journal.append(set(1000, 50, 2000, 1));
    }
    byte[] more = Files.readAllBytes(journal);
    Files.delete(folder.resolve("d.map"));
    for (int length = whole.length; length < more.length; length++) {
      byte[] torn = java.util.Arrays.copyOf(more, length);
      Files.write(journal, torn);
      try (Journal found = Journal.find(journal, BYTES, 7)) {
        assertThat(found.blocks()).isEqualTo(set(63, 2));
        found.append(set(9, 1));
      }
      try (Journal found = Journal.find(journal, BYTES, 7)) {
        assertThat(found.blocks()).isEqualTo(set(9, 1, 63, 2));
      }
    }
    byte[] flipped = more.clone();
    flipped[more.length - 6]++;
    Files.write(journal, flipped);
    try (Journal found = Journal.find(journal, BYTES, 7)) {
      assertThat(found.blocks()).isEqualTo(set(63, 2));
    }
  }

  @Test
  void theJournalIsWrittenAnewWhenMostOfItSaysNothing() throws IOException {
    PageSet all = new PageSet();
    try (StoreFiles files = open(BYTES, 7, "one")) {
      long largest = 0;
      for (int i = 0; i < 40; i++) {
        PageSet scattered = new PageSet();
        for (int block = i; block < 50_000; block += 40) {
          scattered.add(block);
        }
        all.addAll(scattered);
        files.journal.append(scattered);
        largest = Math.max(largest, files.journal.size());
      }
      assertThat(files.journal.size()).isLessThan(largest);
      files.journal.append(set(60_000, 1));
    }
    all.add(60_000);
    try (StoreFiles files = open(BYTES, 7, "two")) {
      assertThat(files.map.dirty()).isEqualTo(all);
    }
  }

  @Test
  void aMapThatIsCutShortIsNotBelieved() throws IOException {
    used();
    Path map = folder.resolve("d.map");
    Files.write(map, java.util.Arrays.copyOf(Files.readAllBytes(map), 5000));
    try (StoreFiles files = open(BYTES, 7, "one")) {
      assertThat(files.map.dirty()).isEqualTo(set(63, 2));
    }
    Files.write(map, new byte[1], StandardOpenOption.TRUNCATE_EXISTING);
    try (StoreFiles files = open(BYTES, 7, "one")) {
      assertThat(files.map.dirty()).isEqualTo(set(63, 2));
    }
  }

  @Test
  void aSliceThatIsGoneIsNotZeros() throws IOException {
    for (String slice : List.of("d.dirty", "d.fetched")) {
      used();
      Files.delete(folder.resolve(slice));
      assertThatThrownBy(() -> open(BYTES, 7, "one")).hasMessageContaining(slice);
      Files.write(folder.resolve(slice), new byte[0]);
    }
    Files.delete(folder.resolve("d.dirty"));
    assertThatThrownBy(() -> open(BYTES, 7, "two")).hasMessageContaining("d.dirty");
    open(BYTES, 8, "two").close();
  }

  @Test
  void flushesShareASync() throws IOException {
    try (StoreFiles files = open(BYTES, 7, "one")) {
      BlockStore store = new BlockStore(BYTES, files);
      Deque<Runnable> work = new ArrayDeque<>();
      Syncs syncs = new Syncs(store, files, work::add, Runnable::run);
      List<String> done = new ArrayList<>();
      store.write(0, ByteBuffer.allocate(4096));
      syncs.request(failure -> done.add("first"));
      store.write(8192, ByteBuffer.allocate(4096));
      syncs.request(failure -> done.add("second"));
      syncs.request(failure -> done.add("third"));
      assertThat(work).hasSize(1);
      work.remove().run();
      assertThat(done).containsExactly("first");
      assertThat(files.journal.blocks()).isEqualTo(set(0, 1));
      assertThat(work).hasSize(1);
      work.remove().run();
      assertThat(done).containsExactly("first", "second", "third");
      assertThat(files.journal.blocks()).isEqualTo(set(0, 1, 2, 1));
      syncs.request(failure -> done.add("nothing to do"));
      assertThat(done).hasSize(4);
      assertThat(work).isEmpty();
    }
  }
}
