package io.jettison.wire;

import io.jettison.wire.wake.HardwareAddress;
import java.util.OptionalLong;

/**
 * How a desktop introduces a link.
 *
 * @param version {@link #VERSION} of the caller
 * @param purpose what the link is for
 * @param desktop the calling host's name
 * @param vm for a page link, the VM's name; for a block link, that and its disk's; empty for a
 *     control link
 * @param epoch for a page or block link, the stay's epoch; 0 for a control link
 * @param hardware {@linkplain HardwareAddress hardware address} of the network card it calls from,
 *     by which it can be woken; empty if it is not known
 */
public record Hello(
    int version, Purpose purpose, String desktop, String vm, long epoch, OptionalLong hardware) {
  /** Version of all protocols between hosts; hosts of different versions do not talk. */
  public static final int VERSION = 8;

  /** In this version, from a network card that is not known. */
  public Hello(Purpose purpose, String desktop, String vm, long epoch) {
    this(VERSION, purpose, desktop, vm, epoch, OptionalLong.empty());
  }

  /** The same, from this network card. */
  public Hello from(OptionalLong card) {
    return new Hello(version, purpose, desktop, vm, epoch, card);
  }

  /** What a link is for. */
  public enum Purpose {
    /** Control messages. */
    CONTROL,
    /** Page requests and replies of one stay of one VM. */
    PAGES,
    /** The same for the blocks of one of its disks; {@code vm} is {@code VM/DISK}. */
    BLOCKS
  }
}
