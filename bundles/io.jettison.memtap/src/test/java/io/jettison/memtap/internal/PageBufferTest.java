package io.jettison.memtap.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class PageBufferTest {
  /** Against a map in the order of insertion: adds pages, takes some out, at random. */
  @Property
  void isAMapThatForgetsTheOldest(
      @ForAll @IntRange(max = 150) int capacity,
      @ForAll @Size(max = 400) List<@IntRange(max = 300) Integer> pages) {
    PageBuffer buffer = new PageBuffer(capacity);
    Map<Long, Long> model = new LinkedHashMap<>();
    long evicted = 0;
    long stamp = 0;
    for (long pfn : pages.stream().mapToLong(i -> i * 4096L).toArray()) {
      int slot = buffer.find(pfn);
      assertThat(slot >= 0).isEqualTo(model.containsKey(pfn));
      if (slot >= 0) {
        assertThat(buffer.chunk(slot).getLong(buffer.offset(slot))).isEqualTo(model.remove(pfn));
        buffer.remove(slot);
        assertThat(buffer.find(pfn)).isNegative();
      } else if (capacity == 0) {
        assertThat(buffer.add(pfn)).isNegative();
      } else {
        if (model.size() == capacity) {
          Iterator<Long> oldest = model.keySet().iterator();
          oldest.next();
          oldest.remove();
          evicted++;
        }
        int added = buffer.add(pfn);
        buffer.chunk(added).putLong(buffer.offset(added), ++stamp);
        model.put(pfn, stamp);
      }
      assertThat(buffer.size()).isEqualTo(model.size());
    }
    assertThat(buffer.evicted()).isEqualTo(evicted);
    model.forEach(
        (pfn, value) -> {
          int slot = buffer.find(pfn);
          assertThat(buffer.chunk(slot).getLong(buffer.offset(slot))).isEqualTo(value);
        });
  }

  /** Against a map, with removals that close gaps in the table. */
  @Property
  void outstandingIsAMap(@ForAll @Size(max = 3000) List<@IntRange(max = 1500) Integer> pages) {
    Outstanding outstanding = new Outstanding();
    Map<Long, Long> model = new LinkedHashMap<>();
    long stamp = 0;
    for (long pfn : pages.stream().mapToLong(Integer::longValue).toArray()) {
      Long known = model.remove(pfn);
      assertThat(outstanding.remove(pfn)).isEqualTo(known == null ? Outstanding.ABSENT : known);
      if (known == null) {
        long since = ++stamp % 3 == 0 ? Outstanding.NOBODY : stamp;
        outstanding.put(pfn, since);
        model.put(pfn, since);
      }
    }
    outstanding.dropUnwaited();
    model.values().removeIf(since -> since == Outstanding.NOBODY);
    assertThat(outstanding.size()).isEqualTo(model.size());
    assertThat(outstanding.pfns())
        .containsExactly(model.keySet().stream().mapToLong(Long::longValue).sorted().toArray());
    model.forEach((pfn, since) -> assertThat(outstanding.get(pfn)).isEqualTo(since));
  }
}
