package io.jettison.bench;

import io.jettison.api.memory.Pages;
import io.jettison.wire.control.ControlCodec;
import io.jettison.wire.control.ControlMessage;
import java.nio.ByteBuffer;

/**
 * What the way home adds to the blocks that changed. Not measured but counted: blocks that cannot
 * be compressed travel in the control protocol's messages as they are, each block once, as many
 * consecutive ones in a message as fit.
 */
final class ReturnBytes {
  private static final int BLOCKS = (64 << 20) / Pages.SIZE;
  private static final double GOAL = 1.05;

  private ReturnBytes() {}

  /** Counts, for blocks of which no two are neighbours and for one run of them. */
  static void run(Findings findings) {
    add(findings, "scattered", 1);
    add(findings, "consecutive", ControlCodec.BULK_BYTES / Pages.SIZE);
  }

  private static void add(Findings findings, String order, int together) {
    ByteBuffer message = ByteBuffer.allocate(ControlCodec.MAX_BYTES);
    ByteBuffer blocks = ByteBuffer.allocate(together << Pages.SHIFT);
    ControlCodec.encode(new ControlMessage.Stage(0, 0, 0, blocks), message);
    long bytes = (long) (Integer.BYTES + message.position()) * (BLOCKS / together);
    findings.add(
        Ratio.atMost(
            "return_" + order + "_vs_their_bytes",
            (double) bytes,
            (double) Pages.offset(BLOCKS),
            "bytes",
            GOAL),
        true);
  }
}
