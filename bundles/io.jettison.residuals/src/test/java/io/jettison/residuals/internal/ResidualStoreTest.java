package io.jettison.residuals.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.residuals.Residuals.Kept;
import io.jettison.wire.page.PageDigest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResidualStoreTest {
  private static final long ROOM = 1 << 20;

  @TempDir Path folder;

  /** A VM's memory as its desktop has it: page number to what its contents are made of. */
  private static final class Guest {
    final Map<Long, Long> memory = new HashMap<>();

    static ByteBuffer contents(long seed) {
      ByteBuffer page = ByteBuffer.allocateDirect(Pages.SIZE);
      if (seed != 0) {
        Random random = new Random(seed);
        while (page.hasRemaining()) {
          page.putLong(random.nextLong());
        }
      }
      return page.clear();
    }

    void read(long first, ByteBuffer into) {
      for (long pfn = first; into.hasRemaining(); pfn++) {
        into.put(contents(memory.getOrDefault(pfn, 0L)));
      }
    }

    /** What the desktop does with the locators of a stay: gives the keys of what is the same. */
    PageSet judge(Kept kept) {
      PageSet same = new PageSet();
      PageDigest digest = new PageDigest();
      kept.forEach(
          new long[] {9, 4, 4, 1000},
          (pfn, high, low) -> {
            digest.of(contents(memory.getOrDefault(pfn, 0L)));
            if (digest.locatorHigh() == high && digest.locatorLow() == low) {
              kept.unlock(pfn, digest.keyHigh(), digest.keyLow());
              same.add(pfn);
            }
          });
      kept.judged();
      return same;
    }
  }

  private static PageSet pages(long... pfns) {
    PageSet set = new PageSet();
    for (long pfn : pfns) {
      set.add(pfn);
    }
    return set;
  }

  private static void assertReads(Kept kept, long pfn, long seed) {
    ByteBuffer page = ByteBuffer.allocateDirect(Pages.SIZE);
    assertThat(kept.read(pfn, page)).as("page %d", pfn).isTrue();
    assertThat(page).isEqualTo(Guest.contents(seed));
  }

  @Test
  void aPageIsThereAgainAtTheNextStayAlsoAfterARestart() throws IOException {
    Guest guest = new Guest();
    guest.memory.putAll(Map.of(3L, 1L, 4L, 2L, 9L, 3L));
    try (ResidualStore store = new ResidualStore(folder, ROOM)) {
      store.keep("pc/vm", pages(3, 4, 5, 9), guest::read, store.open("pc/vm"));
      assertThat(store.different()).isEqualTo(3);
    }
    guest.memory.put(4L, 7L);
    try (ResidualStore store = new ResidualStore(folder, ROOM);
        Kept kept = store.open("pc/vm")) {
      assertThat(kept.read(3, ByteBuffer.allocateDirect(Pages.SIZE))).isFalse();
      assertThat(guest.judge(kept)).isEqualTo(pages(3, 9));
      assertReads(kept, 3, 1);
      assertReads(kept, 9, 3);
      assertThat(kept.read(4, ByteBuffer.allocateDirect(Pages.SIZE))).isFalse();
    }
  }

  @Test
  void equalPagesAreKeptOnce() throws IOException {
    Guest one = new Guest();
    Guest other = new Guest();
    one.memory.putAll(Map.of(1L, 5L, 2L, 5L, 3L, 6L));
    other.memory.putAll(Map.of(8L, 5L));
    try (ResidualStore store = new ResidualStore(folder, ROOM)) {
      store.keep("a/vm", pages(1, 2, 3), one::read, store.open("a/vm"));
      store.keep("b/vm", pages(8), other::read, store.open("b/vm"));
      assertThat(store.different()).isEqualTo(2);
      assertThat(store.holdings())
          .extracting("vm", "pages", "shared")
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple("a/vm", 3L, 2L),
              org.assertj.core.groups.Tuple.tuple("b/vm", 1L, 1L));
      store.forget("a/vm");
      assertThat(store.different()).isEqualTo(1);
      try (Kept kept = store.open("b/vm")) {
        other.judge(kept);
        assertReads(kept, 8, 5);
      }
    }
  }

  @Test
  void nothingOnTheDiskShowsWhatAPageHolds() throws IOException {
    Guest guest = new Guest();
    guest.memory.put(1L, 5L);
    try (ResidualStore store = new ResidualStore(folder, ROOM)) {
      store.keep("a/vm", pages(1), guest::read, store.open("a/vm"));
    }
    ByteBuffer plain = Guest.contents(5);
    byte[] needle = new byte[16];
    plain.get(64, needle);
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        String bytes =
            new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1);
        assertThat(bytes)
            .doesNotContain(new String(needle, java.nio.charset.StandardCharsets.ISO_8859_1));
      }
    }
  }

  @Test
  void aPageThatCameIsThereAtOnceAndAtTheNextStay() throws IOException {
    Guest guest = new Guest();
    guest.memory.putAll(Map.of(1L, 5L, 2L, 6L, 700L, 7L));
    try (ResidualStore store = new ResidualStore(folder, ROOM)) {
      store.keep("pc/vm", pages(1), guest::read, store.open("pc/vm"));
      try (Kept kept = store.open("pc/vm")) {
        guest.judge(kept);
        for (long pfn : new long[] {700, 2, 1}) {
          assertThat(kept.put(pfn, Guest.contents(guest.memory.get(pfn)))).isTrue();
        }
        assertReads(kept, 2, 6);
        assertReads(kept, 700, 7);
        assertThat(kept.unlocked()).isEqualTo(pages(1, 2, 700));
        assertThat(store.different()).isEqualTo(3);
        store.keep("pc/vm", pages(2), guest::read, kept);
      }
    }
    try (ResidualStore store = new ResidualStore(folder, ROOM);
        Kept kept = store.open("pc/vm")) {
      assertThat(guest.judge(kept)).isEqualTo(pages(1, 2, 700));
      assertReads(kept, 700, 7);
    }
  }

  @Test
  void whatIsSettledOutlivesARestartInTheMiddleOfAStay() throws IOException {
    Guest guest = new Guest();
    guest.memory.putAll(Map.of(3L, 5L, 4L, 6L));
    try (ResidualStore store = new ResidualStore(folder, ROOM)) {
      Kept kept = store.open("pc/vm");
      kept.put(3, Guest.contents(5));
      kept.settle();
      kept.put(4, Guest.contents(6));
    }
    try (ResidualStore store = new ResidualStore(folder, ROOM);
        Kept kept = store.open("pc/vm")) {
      assertThat(guest.judge(kept)).isEqualTo(pages(3));
      assertReads(kept, 3, 5);
    }
  }

  @Test
  void whatCameForAVmThatEndedTakesNoRoom() throws IOException {
    try (ResidualStore store = new ResidualStore(folder, 2 << Pages.SHIFT)) {
      try (Kept kept = store.open("a/vm")) {
        assertThat(kept.put(3, Guest.contents(5))).isTrue();
        assertThat(kept.put(4, Guest.contents(6))).isTrue();
        assertThat(kept.put(5, Guest.contents(7))).as("there is no more room").isFalse();
      }
      assertThat(store.different()).isZero();
      try (Kept kept = store.open("b/vm")) {
        assertThat(kept.put(3, Guest.contents(7))).isTrue();
        assertReads(kept, 3, 7);
      }
    }
  }

  @Test
  void aDamagedPageIsNoPageAndIsMendedByTheNextStay() throws IOException {
    Guest guest = new Guest();
    guest.memory.putAll(Map.of(1L, 5L, 2L, 6L));
    try (ResidualStore store = new ResidualStore(folder, ROOM)) {
      store.keep("a/vm", pages(1, 2), guest::read, store.open("a/vm"));
      try (FileChannel file = FileChannel.open(folder.resolve("pages"), StandardOpenOption.WRITE)) {
        file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 100);
      }
      Kept kept = store.open("a/vm");
      guest.judge(kept);
      ByteBuffer page = ByteBuffer.allocateDirect(Pages.SIZE);
      assertThat(Stream.of(1L, 2L).filter(pfn -> kept.read(pfn, page)).toList()).hasSize(1);
      store.keep("a/vm", pages(1, 2), guest::read, kept);
      try (Kept mended = store.open("a/vm")) {
        guest.judge(mended);
        assertReads(mended, 1, 5);
        assertReads(mended, 2, 6);
      }
    }
  }

  @Test
  void aDamagedTableIsNone() throws IOException {
    Guest guest = new Guest();
    guest.memory.put(1L, 5L);
    try (ResidualStore store = new ResidualStore(folder, ROOM)) {
      store.keep("a/vm", pages(1), guest::read, store.open("a/vm"));
    }
    Path table = folder.resolve("vms/a~vm");
    byte[] bytes = Files.readAllBytes(table);
    bytes[20] ^= 1;
    Files.write(table, bytes);
    try (ResidualStore store = new ResidualStore(folder, ROOM)) {
      assertThat(store.holdings()).isEmpty();
    }
  }

  @Test
  void whenTheRoomEndsTheVmLongestAwayIsForgotten() throws IOException {
    try (ResidualStore store = new ResidualStore(folder, 4 * Pages.SIZE)) {
      for (String vm : List.of("a/vm", "b/vm")) {
        Guest guest = new Guest();
        guest.memory.putAll(Map.of(1L, vm.hashCode() + 1L, 2L, vm.hashCode() + 2L));
        store.keep(vm, pages(1, 2), guest::read, store.open(vm));
      }
      Guest greedy = new Guest();
      for (long pfn = 0; pfn < 9; pfn++) {
        greedy.memory.put(pfn, 100 + pfn);
      }
      try (Kept inUse = store.open("b/vm")) {
        store.keep("c/vm", pages(0, 1, 2, 3, 4), greedy::read, store.open("c/vm"));
        assertThat(inUse.size()).isEqualTo(2);
      }
      assertThat(store.holdings()).extracting("vm").containsExactly("b/vm", "c/vm");
      assertThat(store.different()).isEqualTo(4);
    }
  }

  @Property(tries = 60)
  void noPageIsEverWrong(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    Path own = Files.createTempDirectory("residuals");
    List<String> names = List.of("a/1", "a/2", "b/1");
    Map<String, Guest> guests = new HashMap<>();
    names.forEach(name -> guests.put(name, new Guest()));
    ResidualStore store = new ResidualStore(own, 48 * Pages.SIZE);
    for (int stay = 0; stay < 30; stay++) {
      String vm = names.get(random.nextInt(names.size()));
      Guest guest = guests.get(vm);
      for (int i = 0; i < 8; i++) {
        guest.memory.put((long) random.nextInt(40), (long) random.nextInt(25));
      }
      Kept kept = store.open(vm);
      PageSet same = guest.judge(kept);
      PageSet resident = new PageSet();
      for (int i = 0; i < 12; i++) {
        long pfn = random.nextInt(40);
        if (resident.add(pfn) && same.contains(pfn)) {
          assertReads(kept, pfn, guest.memory.get(pfn));
        }
        if (random.nextInt(4) == 0) {
          guest.memory.put(pfn, (long) random.nextInt(25));
        }
      }
      switch (random.nextInt(5)) {
        case 0 -> kept.close();
        case 1 -> {
          store.forget(vm);
          kept.close();
        }
        case 2 -> {
          store.keep(vm, resident, guest::read, kept);
          store.close();
          store = new ResidualStore(own, 48 * Pages.SIZE);
        }
        default -> store.keep(vm, resident, guest::read, kept);
      }
      assertThat(store.different()).isLessThanOrEqualTo(24);
    }
    store.close();
  }
}
