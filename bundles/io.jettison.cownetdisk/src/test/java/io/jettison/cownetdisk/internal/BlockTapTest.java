package io.jettison.cownetdisk.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.memory.MemoryMap;
import io.jettison.api.memory.Pages;
import io.jettison.api.wake.NeedSink;
import io.jettison.cownetdisk.internal.StoreFiles.Places;
import io.jettison.wire.Hello;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which links a tap takes; what it does with them is tested with the disk. */
class BlockTapTest {
  private static final int BYTES = 4 * Pages.SIZE;
  private static final long EPOCH = 5;

  @TempDir Path folder;

  /** A desktop calls again while its disk is being closed, which takes as long as its syncs. */
  @Test
  void aLinkThatComesAfterItIsClosedIsClosed() throws IOException {
    Places places = Places.of(folder, folder, "d");
    try (StoreFiles files = StoreFiles.open(places, BYTES, EPOCH, LiveMap.boot())) {
      BlockTap tap =
          new BlockTap(
              new BlockStore(BYTES, files),
              Pages.holding(BYTES),
              new Prefetcher("desk/pc/d", MemoryMap.ofBytes(BYTES)),
              NeedSink.NOBODY,
              block -> {});
      tap.close();
      TapLink link =
          new TapLink(
              Hello.Call.ONLY, "desk/pc/d", EPOCH, files.fetched, tap, Runnable::run, () -> {});
      FakeDesktop late = new FakeDesktop(new byte[BYTES], EPOCH, link);
      CompletableFuture<Boolean> closed = new CompletableFuture<>();
      late.execute(() -> closed.complete(late.isClosed())); // after the link was opened
      assertThat(closed.join()).isTrue();
      late.end(5);
      assertThat(tap.isLinked()).isFalse();
    }
  }
}
