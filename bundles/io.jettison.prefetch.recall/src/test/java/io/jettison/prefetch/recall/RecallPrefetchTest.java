package io.jettison.prefetch.recall;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.PageSet;
import io.jettison.api.prefetch.PrefetchPolicy.Known;
import io.jettison.api.prefetch.PrefetchPolicy.Plan;
import io.jettison.api.prefetch.PrefetchPolicy.Session;
import io.jettison.prefetch.history.Histories;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecallPrefetchTest {
  private static final MemoryMap MAP = MemoryMap.ofBytes(1L << 30);

  @TempDir Path folder;

  /** A stay whose link is as fast as one could wish: what is proposed is there at once. */
  private final class Stay {
    private final Session session = new RecallPrefetch(new Histories(folder)).open("pc", MAP);
    private final PageSet touched = new PageSet();
    private final PageSet fetched = new PageSet();
    private final Known known = fetched::contains;
    private final Plan plan = this::propose;
    private long waits;

    private long propose(long first, long count) {
      fetched.add(first, count);
      return 8;
    }

    Stay touch(long... pfns) {
      room();
      for (long pfn : pfns) {
        if (touched.add(pfn)) {
          if (fetched.contains(pfn)) {
            session.hit(pfn, known, plan);
          } else {
            waits++;
            fetched.add(pfn);
            session.fault(pfn, known, plan);
          }
          room();
        }
      }
      return this;
    }

    private void room() {
      boolean more = true;
      for (int i = 0; more && i < 10_000; i++) {
        more = session.room(known, plan);
      }
    }

    Stay home() {
      session.end(touched, true);
      return this;
    }
  }

  private static long[] scattered(long seed, int count) {
    return new Random(seed).longs(count, 0, MAP.end()).toArray();
  }

  @Test
  void aStayThatIsLikeTheLastHardlyWaits() {
    long[] set = scattered(1, 2000);
    Stay first = new Stay().touch(set).home();
    assertThat(first.waits).isGreaterThan(1900);
    long[] shuffled = set.clone();
    new Random(2).ints(0, 2000).limit(5000).forEach(i -> swap(shuffled, i));
    Stay second = new Stay().touch(shuffled).home();
    assertThat(second.waits).isLessThan(200);
    assertThat(second.fetched.size()).isLessThan(second.touched.size() * 3 / 2);
    Stay third = new Stay().touch(set);
    assertThat(third.waits).isLessThan(20);
  }

  private static void swap(long[] values, int with) {
    long kept = values[0];
    values[0] = values[with];
    values[with] = kept;
  }

  @Test
  void staysThatAreLikeNoneTeachItToFetchLittle() {
    for (int i = 1; i <= 6; i++) {
      new Stay().touch(scattered(i, 2000)).home();
    }
    for (int size : new int[] {0, 100, 2000, 20_000}) {
      Stay other = new Stay().touch(scattered(99, size));
      long vain = other.fetched.size() - other.touched.size();
      // nearly all are half-sure: two in vain for each that is expected to be
      assertThat(vain).isLessThanOrEqualTo((long) (2.1 * 0.4 * Math.max(2000, size)));
    }
  }

  @Test
  void aRunOfPagesIsFollowedWhicheverWayItGoes() {
    Stay up = new Stay().touch(LongStream.range(1000, 5000).toArray());
    assertThat(up.waits).isLessThan(100);
    assertThat(up.fetched.size()).isLessThan(4100);
    Stay down = new Stay().touch(LongStream.range(1000, 5000).map(pfn -> 6000 - pfn).toArray());
    assertThat(down.waits).isLessThan(100);
  }

  @Test
  void neighboursThatAreOfNoUseAreHardlyFetched() {
    Stay stay = new Stay().touch(LongStream.range(1, 2000).map(pfn -> 100 * pfn).toArray());
    assertThat(stay.waits).isEqualTo(1999);
    assertThat(stay.fetched.size() - stay.touched.size()).isLessThan(600);
  }

  @Test
  void aVmThatWasLostTeachesNothing() {
    Stay lost = new Stay().touch(scattered(1, 100));
    lost.session.end(lost.touched, false);
    assertThat(new Histories(folder).read("pc").pages()).isEmpty();
  }
}
