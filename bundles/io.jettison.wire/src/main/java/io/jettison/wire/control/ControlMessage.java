package io.jettison.wire.control;

import io.jettison.api.hypervisor.VmSpec;
import java.nio.ByteBuffer;

/** What hosts say on a control link; see the package description for who says what when. */
public sealed interface ControlMessage {
  /** Where a server stands with a VM in one epoch. */
  enum Standing {
    /** The VMM waits for a descriptor. */
    WAITING,
    /** vCPUs run. */
    RUNNING,
    /** vCPUs are stopped; the desktop decides what becomes of them. */
    STOPPED,
    /** The epoch is over here: nothing of it runs or will run. */
    ENDED,
    /** The VM was here in this epoch, and its VMM is gone without having been ended. */
    LOST,
    /** It cannot be said yet, for instance because the VM's driver is being replaced: ask again. */
    UNCLEAR
  }

  /**
   * Reserve memory and start a VMM that waits.
   *
   * @param estimate pages the VM is expected to touch if it never was on the server
   */
  record Prepare(String vm, long epoch, long estimate, VmSpec spec) implements ControlMessage {}

  /** The VMM waits. */
  record Prepared() implements ControlMessage {}

  /** The request is not carried out; see {@link io.jettison.api.Outcome.Refused}. */
  record Refused(String reason, String remedy) implements ControlMessage {}

  /**
   * A piece of vCPU and device state.
   *
   * @param length its bytes, at most 256 KiB
   * @param block an LZ4 block of them; if it has as many, the bytes themselves; valid only while
   *     the message is being handled
   */
  record DescriptorPart(int length, ByteBuffer block) implements ControlMessage {}

  /**
   * All of the vCPU and device state was sent.
   *
   * @param total its bytes, unpacked
   * @param crc CRC32C of them
   */
  record DescriptorEnd(long total, int crc) implements ControlMessage {}

  /** {@code volume} of the guest's memory; its disks that follow it are counted from 1. */
  int MEMORY = 0;

  /**
   * A piece of the set of pages or blocks that have contents.
   *
   * @param volume of which there are pages or blocks
   * @param last whether the set is complete now
   * @param runs see {@link io.jettison.wire.page.PageSetCodec}; valid only while the message is
   *     being handled
   */
  record Populated(int volume, boolean last, ByteBuffer runs) implements ControlMessage {}

  /** Descriptor and page set are complete and loaded; nothing has run. */
  record Ready() implements ControlMessage {}

  /** Only the server may run the VM from now on: let it. */
  record Activate() implements ControlMessage {}

  /**
   * vCPUs run.
   *
   * @param forNanos for how long they did when this was said
   */
  record Running(long forNanos) implements ControlMessage {}

  /** End a VM that never ran in this epoch. */
  record Abandon(String vm, long epoch) implements ControlMessage {}

  /** Where do you stand? */
  record Status(String vm, long epoch) implements ControlMessage {}

  /** Where the server stands. */
  record StandingReply(Standing standing) implements ControlMessage {}

  /**
   * A return begins, or goes on.
   *
   * @param staging which of the desktop's stagings the pages are for, a number never used before:
   *     the server sends what that one lacks; if it does not know it, all that changed
   */
  record Return(String vm, long epoch, long staging) implements ControlMessage {}

  /**
   * Send what changed and was not sent yet, while the VM runs on.
   *
   * @param settled whether to leave out what changed since the round before: it may soon change
   *     again
   */
  record NextRound(boolean settled) implements ControlMessage {}

  /**
   * Changed pages or blocks.
   *
   * @param volume of which there are pages or blocks
   * @param pfn the first
   * @param crc CRC32C of the contents
   * @param pages whole pages; valid only while the message is being handled
   */
  record Stage(int volume, long pfn, int crc, ByteBuffer pages) implements ControlMessage {}

  /**
   * Changed pages or blocks, compressed.
   *
   * @param volume of which there are pages or blocks
   * @param pfn the first
   * @param count how many
   * @param crc CRC32C of the contents
   * @param block see {@link io.jettison.wire.page.PageBlock}; valid only while the message is being
   *     handled
   */
  record StagePacked(int volume, long pfn, int count, int crc, ByteBuffer block)
      implements ControlMessage {}

  /**
   * Changed blocks that are all zeros now; or, where it is not about changes, pages of zeros.
   *
   * @param volume of which there are pages or blocks
   * @param first the first of them
   * @param count how many
   */
  record StageZeros(int volume, long first, long count) implements ControlMessage {}

  /**
   * A round is over.
   *
   * @param pages how many it sent
   */
  record RoundEnd(long pages) implements ControlMessage {}

  /** Stop the VM, send its descriptor and what changed since the last round. */
  record Stop() implements ControlMessage {}

  /**
   * The VM is stopped and all of it was sent.
   *
   * @param dirty how many different pages all rounds sent
   * @param blocks how many different blocks of disks
   * @param stoppedAfterNanos how long after STOP came the vCPUs stood still
   * @param figures of the whole stay
   */
  record Saved(long dirty, long blocks, long stoppedAfterNanos, Figures figures)
      implements ControlMessage {}

  /** Send the blocks that a VM that is lost has changed. */
  record Salvage() implements ControlMessage {}

  /** Only the desktop may run the VM from now on: end it. */
  record Release(String vm, long epoch) implements ControlMessage {}

  /** Let a stopped VM go on. */
  record Resume(String vm, long epoch) implements ControlMessage {}

  /** It is done. */
  record Done() implements ControlMessage {}

  /** Report about this VM from now on. */
  record Watch(String vm, long epoch) implements ControlMessage {}

  /**
   * How a stay goes.
   *
   * @param cpuNanos processor time of the VM on this host
   */
  record Report(Standing standing, long cpuNanos, Figures figures) implements ControlMessage {}

  /**
   * Pages or blocks the server kept of earlier stays. The desktop answers each with {@link Keys}.
   *
   * @param volume {@link #MEMORY}, or that of a disk
   * @param last whether there are no more, of any volume
   * @param items {@value #ITEM_BYTES} bytes each: u32 pfn, 16 bytes {@linkplain
   *     io.jettison.wire.page.PageDigest locator}
   */
  record Kept(int volume, boolean last, ByteBuffer items) implements ControlMessage {
    /** Bytes of an item, also of {@link Keys}. */
    public static final int ITEM_BYTES = 20;
  }

  /**
   * Which of the pages or blocks the server kept are as they were.
   *
   * @param volume as in the {@link Kept} that it answers
   * @param last whether it answers the last {@link Kept}
   * @param items u32 pfn, 16 bytes {@linkplain io.jettison.wire.page.PageDigest key}; valid only
   *     while the message is being handled
   */
  record Keys(int volume, boolean last, ByteBuffer items) implements ControlMessage {}

  /** The server asks that the VM be fetched home. */
  record AskReturn(String why) implements ControlMessage {}

  /** The server may have the VM's cold rest, to keep on its disk while the VM stays. */
  record Park(String vm, long epoch) implements ControlMessage {}

  /**
   * Send these pages of memory: {@link Stage}, {@link StagePacked} or {@link StageZeros}, and then
   * a {@link RoundEnd}.
   *
   * @param runs see {@link io.jettison.wire.page.PageSetCodec}
   */
  record Want(ByteBuffer runs) implements ControlMessage {}

  /**
   * How far a parking has come.
   *
   * @param came pages and blocks that came to the server's disk
   * @param left those it still lacks; 0: it has all of the VM
   */
  record Parked(long came, long left) implements ControlMessage {}

  /** What a PC is about to do. */
  enum Power {
    /** It runs, and everything on it. */
    AWAKE,
    /** It is about to sleep, and wakes for what it is asked. */
    SUSPENDING
  }

  /** The calling PC, with all its VMs. */
  record PowerNote(Power power) implements ControlMessage {}
}
