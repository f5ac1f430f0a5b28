package io.jettison.wire;

/**
 * How a desktop introduces a link.
 *
 * @param version {@link #VERSION} of the caller
 * @param purpose what the link is for
 * @param desktop the calling host's name
 * @param vm for a page link, the VM's name; for a block link, that and its disk's; empty for a
 *     control link
 * @param epoch for a page or block link, the stay's epoch; 0 for a control link
 */
public record Hello(int version, Purpose purpose, String desktop, String vm, long epoch) {
  /** Version of all protocols between hosts; hosts of different versions do not talk. */
  public static final int VERSION = 5;

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
