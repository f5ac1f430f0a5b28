package io.jettison.desktop.internal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.jettison.memsrv.Memsrv;
import io.jettison.vm.Stay;
import io.jettison.wire.control.Figures;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Collects the figures of one stay as they become known. Thread-safe. */
final class StayLedger {
  private final long epoch;
  private final long pagesTotal;
  private final long beganMillis = System.currentTimeMillis();

  @GuardedBy("this")
  private long consolidateNanos;

  @GuardedBy("this")
  private long reintegrateNanos;

  @GuardedBy("this")
  private long descriptorBytes;

  @GuardedBy("this")
  private long mapBytes;

  @GuardedBy("this")
  private long pagesPopulated;

  @GuardedBy("this")
  private long recognised;

  @GuardedBy("this")
  private long recognisedBlocks;

  @GuardedBy("this")
  private long blocksAllocated;

  @GuardedBy("this")
  private long controlBytesOut;

  @GuardedBy("this")
  private long pageBytesOut;

  @GuardedBy("this")
  private long bytesParked;

  @GuardedBy("this")
  private long bytesHome;

  @GuardedBy("this")
  private long endedMillis;

  @GuardedBy("this")
  private Figures figures = Figures.NONE;

  @GuardedBy("this")
  private boolean closed;

  @GuardedBy("this")
  private Memsrv.@Nullable Serving serving;

  @GuardedBy("this")
  private @Nullable ServedDisks disks;

  StayLedger(long epoch, long pagesTotal) {
    this.epoch = epoch;
    this.pagesTotal = pagesTotal;
  }

  synchronized void descriptor(long bytes) {
    descriptorBytes = bytes;
  }

  synchronized void map(long bytes, long populated) {
    mapBytes = bytes;
    pagesPopulated = populated;
  }

  /**
   * The server kept so many pages and blocks that did not change; it asks anew when it restarts.
   */
  synchronized void recognised(long pages, long blocks) {
    recognised = pages;
    recognisedBlocks = blocks;
  }

  /** A disk has so many blocks with contents. */
  synchronized void allocated(long blocks) {
    blocksAllocated += blocks;
  }

  /** So much went to the server's disk. */
  synchronized void parked(long bytes) {
    bytesParked += bytes;
  }

  /** Pages and blocks that the server does not have, as far as it is known here. */
  synchronized long cold() {
    long pages = pagesPopulated - recognised - figures.resident();
    long blocks = blocksAllocated - recognisedBlocks - figures.blocksFetched();
    return Math.max(0, pages) + Math.max(0, blocks);
  }

  /** Faults that had to wait for this desktop. */
  synchronized long waits() {
    return figures.waits();
  }

  /** How long it lasts. */
  synchronized Duration age() {
    return Duration.ofMillis(
        Math.max(0, (endedMillis > 0 ? endedMillis : System.currentTimeMillis()) - beganMillis));
  }

  synchronized void left(long downtimeNanos, long controlBytes) {
    consolidateNanos = downtimeNanos;
    controlBytesOut = controlBytes;
  }

  synchronized void served(Memsrv.Serving by, ServedDisks disksBy) {
    sumUp();
    serving = by;
    disks = disksBy;
  }

  /** The page service ends: what it sent is kept. */
  synchronized void sumUp() {
    pageBytesOut += bytesSent();
    serving = null;
    disks = null;
  }

  @GuardedBy("this")
  private long bytesSent() {
    return (serving == null ? 0 : serving.bytesSent()) + (disks == null ? 0 : disks.bytesSent());
  }

  /** A report on the way; none counts any more after the last. */
  synchronized void report(Figures latest) {
    if (!closed) {
      figures = latest;
    }
  }

  /** What the server counted when it stopped the VM. */
  synchronized void lastReport(Figures last) {
    figures = last;
    closed = true;
  }

  /** Came by a conversation ahead of the return. */
  synchronized void cameAhead(long bytes) {
    bytesHome += bytes;
  }

  synchronized void home(long downtimeNanos, long bytes) {
    reintegrateNanos = downtimeNanos;
    bytesHome += bytes;
    endedMillis = System.currentTimeMillis();
  }

  synchronized long resident() {
    return figures.resident();
  }

  synchronized Stay toStay() {
    long pageBytes = pageBytesOut + bytesSent();
    return new Stay(
        epoch,
        consolidateNanos,
        reintegrateNanos,
        descriptorBytes,
        mapBytes,
        pagesTotal,
        pagesPopulated,
        figures.resident(),
        figures.fetched(),
        figures.zero(),
        figures.kept(),
        figures.prefetched(),
        figures.dirty(),
        controlBytesOut + pageBytes,
        bytesParked,
        bytesHome,
        figures.faults(),
        figures.waits(),
        figures.faultP50Nanos(),
        figures.faultP99Nanos(),
        figures.faultMaxNanos(),
        figures.blocksFetched(),
        figures.blocksDirty(),
        beganMillis,
        endedMillis);
  }
}
