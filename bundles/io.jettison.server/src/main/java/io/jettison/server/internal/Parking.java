package io.jettison.server.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.Outcome.Refused;
import io.jettison.api.memory.PageSet;
import io.jettison.api.memory.Pages;
import io.jettison.memtap.Memtap.Tap;
import io.jettison.residuals.Residuals.Kept;
import io.jettison.wire.WireException;
import io.jettison.wire.control.ControlCodec;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.Parked;
import io.jettison.wire.control.ControlMessage.RoundEnd;
import io.jettison.wire.control.ControlMessage.Stage;
import io.jettison.wire.control.ControlMessage.StagePacked;
import io.jettison.wire.control.ControlMessage.StageZeros;
import io.jettison.wire.control.ControlMessage.Want;
import io.jettison.wire.control.Conversation;
import io.jettison.wire.page.PageBlock;
import io.jettison.wire.page.PageSetCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A guest's cold rest coming to this server's disk while its PC is awake, so that the PC need not
 * be woken for it (park). The guest runs on meanwhile, and may leave at any time: not in its turn.
 */
final class Parking {
  private static final Logger LOG = LoggerFactory.getLogger(Parking.class);

  /** Of one piece: 9 ms of a 1 Gb/s link, for which a fault may have to wait. */
  private static final int PIECE_PAGES = 256;

  private static final int PIECES_UNDER_WAY = 2;

  /** So often the desktop is told how far it is. */
  private static final int PIECES_A_NOTE = 32;

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long COMPARISON_SECONDS = 30;
  private static final long LEAST_ROOM = 1L << 30;
  private static final int CHUNK_PAGES = ControlCodec.BULK_BYTES / Pages.SIZE;

  private final Conversation conversation;
  private final Guest guest;
  private final ParkingLot lot;
  private final Path slices;
  private final PageBlock block = new PageBlock(CHUNK_PAGES);
  private final CRC32C crc = new CRC32C();
  private final Deque<Long> underWay = new ArrayDeque<>();
  private long left;
  private long came;

  /** On the link's thread, and read once a {@link RoundEnd} has come. */
  private volatile boolean full;

  /**
   * For a guest's stay.
   *
   * @param slices on whose file system the slices of its disks lie
   */
  Parking(Conversation conversation, Guest guest, ParkingLot lot, Path slices) {
    this.slices = slices;
    this.conversation = conversation;
    this.guest = guest;
    this.lot = lot;
  }

  /** Asks for everything the guest lacks; answers with what came of it. */
  void run() {
    Outcome<Nothing> outcome = lot.enter();
    if (outcome.isDone()) {
      try {
        outcome = park();
      } finally {
        lot.leave();
      }
    }
    if (outcome instanceof Refused<Nothing> refused) {
      LOG.info("{} is not parked: {}", guest.key, refused.oneLine());
      conversation.send(new ControlMessage.Refused(refused.reason(), refused.remedy()));
    } else {
      LOG.info("{} is parked: {} pages and blocks came", guest.key, came);
      conversation.send(new Parked(came, 0));
    }
  }

  private Outcome<Nothing> park() {
    Tap tap = guest.tap();
    Kept kept = guest.kept();
    if (tap == null || kept == null) {
      return Outcome.refused("the driver of " + guest.key + " is being replaced", "try again");
    }
    return guest
        .awaitComparison(COMPARISON_SECONDS)
        .then(
            compared -> {
              conversation.onBulk(message -> take(message, tap, kept));
              return memory(tap, kept);
            })
        .then(
            done -> {
              kept.settle();
              return disks();
            });
  }

  private static PageSet lacking(Tap tap, Kept kept) {
    PageSet lacking = tap.absent();
    lacking.removeAll(kept.unlocked());
    return lacking;
  }

  private Outcome<Nothing> memory(Tap tap, Kept kept) {
    PageSet lacking = lacking(tap, kept);
    left = lacking.size() + guest.disks().stream().mapToLong(disk -> missing(disk).size()).sum();
    note();
    Outcome<Nothing> outcome = memory(hottest(tap, lacking));
    return outcome.then(done -> memory(lacking));
  }

  /** Those of them that the VM is likely to touch; they are lacking no more. */
  private static PageSet hottest(Tap tap, PageSet lacking) {
    PageSet likely = new PageSet();
    for (long pfn : tap.firstTouches()) {
      if (lacking.contains(pfn)) {
        likely.add(pfn);
        lacking.remove(pfn);
      }
    }
    return likely;
  }

  /** Asks for these, piece by piece. */
  private Outcome<Nothing> memory(PageSet lacking) {
    long from = lacking.next(0);
    Outcome<Nothing> outcome = Outcome.done();
    while (outcome.isDone() && (from >= 0 || !underWay.isEmpty())) {
      if (from >= 0 && underWay.size() < PIECES_UNDER_WAY) {
        PageSet piece = new PageSet();
        from = take(lacking, from, piece);
        pay(piece.size());
        want(piece);
      } else {
        outcome = arrived();
      }
    }
    return outcome;
  }

  /** Moves up to a piece of a set, from a page on, into another; returns where to go on, or -1. */
  private static long take(PageSet all, long from, PageSet piece) {
    long next = from;
    for (int room = PIECE_PAGES; next >= 0 && room > 0; ) {
      long end = Math.min(all.nextAbsent(next), next + room);
      piece.add(next, end - next);
      room -= (int) (end - next);
      next = all.next(end);
    }
    return next;
  }

  private void pay(long pages) {
    long until = System.nanoTime() + lot.grant(Pages.offset(pages));
    for (long wait = until - System.nanoTime(); wait > 0 && conversation.isOpen(); ) {
      LockSupport.parkNanos(this, Math.min(wait, TimeUnit.SECONDS.toNanos(1)));
      wait = until - System.nanoTime();
    }
  }

  private void want(PageSet piece) {
    ByteBuffer runs = ByteBuffer.allocate(PIECE_PAGES * PageSetCodec.RUN_BYTES);
    PageSetCodec.encode(piece, 0, runs);
    conversation.send(new Want(runs.flip()));
    underWay.add(piece.size());
  }

  private Outcome<Nothing> arrived() {
    return conversation
        .expect(RoundEnd.class, PATIENCE)
        .then(
            end -> {
              if (full) {
                return Outcome.refused(
                    "there is no more room for pages on the server's disk",
                    "raise `size` in [residuals] there");
              }
              count(underWay.remove());
              return Outcome.done();
            });
  }

  private void count(long pages) {
    came += pages;
    left = Math.max(0, left - pages);
    if (came / PIECE_PAGES % PIECES_A_NOTE == 0) {
      note();
    }
  }

  private void note() {
    conversation.send(new Parked(came, Math.max(1, left)));
  }

  private void take(ControlMessage message, Tap tap, Kept kept) throws WireException {
    if (message instanceof Stage stage) {
      keep(stage.pfn(), stage.crc(), stage.pages(), kept);
    } else if (message instanceof StagePacked stage) {
      keep(stage.pfn(), stage.crc(), block.unpack(stage.block(), stage.count()), kept);
    } else if (message instanceof StageZeros zeros) {
      if (!guest.spec.memory().contains(zeros.first(), zeros.count())) {
        throw new WireException(guest.key + " has no such pages: " + zeros);
      }
      tap.zeros(zeros.first(), zeros.count());
    } else {
      throw new WireException("unexpected " + message.getClass().getSimpleName());
    }
  }

  private void keep(long first, int sum, ByteBuffer pages, Kept kept) throws WireException {
    long count = pages.remaining() >> Pages.SHIFT;
    if (!guest.spec.memory().contains(first, count)) {
      throw new WireException(guest.key + " has no pages " + first + "+" + count);
    }
    crc.reset();
    crc.update(pages.duplicate());
    if ((int) crc.getValue() != sum) {
      throw new WireException("pages from " + first + " on were damaged on their way");
    }
    for (long pfn = first; pfn < first + count && !full; pfn++) {
      full = !kept.put(pfn, pages);
    }
  }

  // --- disks

  private static PageSet missing(GuestDisk disk) {
    try {
      return disk.disk().missing();
    } catch (IllegalStateException e) {
      return new PageSet(); // it has just been closed: the VM goes home
    }
  }

  private Outcome<Nothing> disks() {
    for (GuestDisk disk : guest.disks()) {
      PageSet missing = missing(disk);
      for (long from = missing.next(0); from >= 0; ) {
        PageSet piece = new PageSet();
        from = take(missing, from, piece);
        pay(piece.size());
        Outcome<Nothing> fetched = room().then(enough -> fetch(disk, piece));
        if (!fetched.isDone()) {
          return fetched;
        }
        count(piece.size());
      }
    }
    return Outcome.done();
  }

  /** What other VMs write, and are promised, needs room too. */
  private Outcome<Nothing> room() {
    try {
      return Files.getFileStore(slices).getUsableSpace() < LEAST_ROOM
          ? Outcome.refused("the server's disk is nearly full", "make room there")
          : Outcome.done();
    } catch (IOException e) {
      return Outcome.refused("the server's disk cannot be examined: " + e.getMessage(), "mend it");
    }
  }

  private Outcome<Nothing> fetch(GuestDisk disk, PageSet piece) {
    try {
      disk.disk().fetch(piece).toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      return conversation.isOpen()
          ? Outcome.done()
          : Outcome.refused("the desktop hung up", "nothing: it calls again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Outcome.refused("interrupted", "try again");
    } catch (ExecutionException | TimeoutException | IllegalStateException e) {
      return Outcome.refused("blocks do not come: " + e.getMessage(), "it is tried again");
    }
  }
}
