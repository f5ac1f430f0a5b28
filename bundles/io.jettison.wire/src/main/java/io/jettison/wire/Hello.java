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
 * @param call which of the caller's links this is; {@link Call#ONLY} for a control link
 */
public record Hello(
    int version,
    Purpose purpose,
    String desktop,
    String vm,
    long epoch,
    OptionalLong hardware,
    Call call) {
  /** Version of all protocols between hosts; hosts of different versions do not talk. */
  public static final int VERSION = 9;

  /** In this version, from a network card that is not known. */
  public Hello(Purpose purpose, String desktop, String vm, long epoch) {
    this(VERSION, purpose, desktop, vm, epoch, OptionalLong.empty(), Call.ONLY);
  }

  /** The same, from this network card. */
  public Hello from(OptionalLong card) {
    return new Hello(version, purpose, desktop, vm, epoch, card, call);
  }

  /** The same, as this call. */
  public Hello as(Call one) {
    return new Hello(version, purpose, desktop, vm, epoch, hardware, one);
  }

  /** The same, of the VM or disk that has this name where it is attached. */
  public Hello of(String name) {
    return new Hello(version, purpose, desktop, name, epoch, hardware, call);
  }

  /**
   * One of the links that a desktop opens one after the other for the same stay. Links are greeted
   * on threads of their own, so that the greeting of an older one may be read after that of the
   * newer, whose place it must not take.
   *
   * @param caller a number drawn when the desktop began to serve the stay
   * @param number counts its links
   */
  public record Call(int caller, int number) {
    /** The only one of its caller. */
    public static final Call ONLY = new Call(0, 0);

    /** Whether the same caller made that one later. */
    public boolean isBefore(Call that) {
      return caller == that.caller && number - that.number < 0;
    }
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
