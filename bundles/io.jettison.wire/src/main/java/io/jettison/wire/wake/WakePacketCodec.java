package io.jettison.wire.wake;

import io.jettison.api.wake.SecureOn;
import io.jettison.api.wake.Waker.Context;
import io.jettison.api.wake.Waker.Target;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongPredicate;

/** {@link WakePacket} as bytes; see the package description. */
public final class WakePacketCodec {
  /** "SRMP". */
  public static final int MAGIC = 0x53524d50;

  /** Bytes that say whom to wake. */
  public static final int PATTERN_BYTES = 102;

  /** Bytes of a packet with a context and no arguments. */
  public static final int CONTEXT_BYTES = 118;

  /** Bytes of the longest packet that is sent. */
  public static final int MAX_BYTES = CONTEXT_BYTES + Long.BYTES * (1 + Context.MOST_MORE);

  static final int SYNC_BYTES = 6;
  static final int REPEATS = 16;
  private static final int MAGIC_AT = PATTERN_BYTES;
  private static final int ID_AT = MAGIC_AT + Long.BYTES;
  private static final long MAGIC_LAST = Integer.toUnsignedLong(MAGIC);
  private static final long MAGIC_FIRST = MAGIC_LAST << Integer.SIZE;

  private WakePacketCodec() {}

  /** A packet for a PC. One whose network card wants a password gets no context. */
  public static ByteBuffer encode(Target target, Optional<Context> context) {
    ByteBuffer packet = ByteBuffer.allocate(MAX_BYTES);
    putAddress(packet, HardwareAddress.MASK);
    for (int i = 0; i < REPEATS; i++) {
      putAddress(packet, target.hardware());
    }
    if (target.password().isPresent()) {
      packet.put(target.password().map(SecureOn::bytes).get());
    } else if (context.isPresent()) {
      packet.putLong(MAGIC_LAST).putLong(context.get().id()).putLong(context.get().argument());
      context.get().more().forEach(packet::putLong);
    }
    return packet.flip();
  }

  private static void putAddress(ByteBuffer packet, long address) {
    packet.putShort((short) (address >>> Integer.SIZE)).putInt((int) address);
  }

  /** Finds a packet for any PC in a frame or payload, from its position to its limit. */
  public static Optional<WakePacket> find(ByteBuffer frame) {
    return find(frame, hardware -> true);
  }

  /** Finds the packet for one PC. */
  public static Optional<WakePacket> find(ByteBuffer frame, long hardware) {
    return find(frame, found -> found == hardware);
  }

  private static Optional<WakePacket> find(ByteBuffer frame, LongPredicate wanted) {
    ByteBuffer bytes = frame.slice().asReadOnlyBuffer(); // big-endian, whatever the frame is
    for (int at = 0; at <= bytes.limit() - PATTERN_BYTES; at++) {
      if (bytes.getLong(at) >>> Short.SIZE == HardwareAddress.MASK) {
        long hardware = address(bytes, at + SYNC_BYTES);
        // no card's address begins with 0xff: of a longer run of them, the last six count
        if (HardwareAddress.isOfOne(hardware)
            && repeats(bytes, at + SYNC_BYTES, hardware)
            && wanted.test(hardware)) {
          return Optional.of(read(bytes.slice(at, bytes.limit() - at), hardware));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean repeats(ByteBuffer bytes, int at, long hardware) {
    for (int i = 1; i < REPEATS; i++) {
      if (address(bytes, at + i * HardwareAddress.BYTES) != hardware) {
        return false;
      }
    }
    return true;
  }

  /** Six bytes from {@code at} on, which there are two bytes before. */
  private static long address(ByteBuffer bytes, int at) {
    return bytes.getLong(at - Short.BYTES) & HardwareAddress.MASK;
  }

  private static WakePacket read(ByteBuffer packet, long hardware) {
    if (packet.limit() >= CONTEXT_BYTES) {
      long magic = packet.getLong(MAGIC_AT);
      if (magic == MAGIC_LAST || magic == MAGIC_FIRST) {
        return new WakePacket(
            hardware, OptionalLong.of(packet.getLong(ID_AT)), from(packet, CONTEXT_BYTES));
      }
    }
    return new WakePacket(hardware, OptionalLong.empty(), from(packet, PATTERN_BYTES));
  }

  private static ByteBuffer from(ByteBuffer packet, int at) {
    return packet.slice(at, packet.limit() - at);
  }
}
