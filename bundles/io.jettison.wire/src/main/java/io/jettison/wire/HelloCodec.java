package io.jettison.wire;

import io.jettison.wire.Hello.Call;
import io.jettison.wire.Hello.Purpose;
import io.jettison.wire.wake.HardwareAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;

/**
 * {@link Hello} as bytes: u32 {@value #MAGIC}, u16 version, u8 purpose, u64 epoch, u64 hardware
 * address or 0, u32 caller, u32 number of the call, desktop, VM. The first two fields keep their
 * place in all versions.
 */
public final class HelloCodec {
  /** "JTSN". */
  public static final int MAGIC = 0x4a54534e;

  /** Longest encoding. */
  public static final int MAX_BYTES = 512;

  /** Bytes before the names. */
  static final int FIXED_BYTES = 31;

  private static final int NAME_BYTES = 200;

  private static final Codes<Purpose> PURPOSES =
      new Codes<>(List.of(Purpose.CONTROL, Purpose.PAGES, Purpose.BLOCKS));

  private static final long UNKNOWN = 0;

  private HelloCodec() {}

  /** Writes a greeting. */
  public static void encode(Hello hello, ByteBuffer into) {
    into.putInt(MAGIC).putShort((short) hello.version());
    PURPOSES.put(into, hello.purpose());
    into.putLong(hello.epoch());
    into.putLong(hello.hardware().orElse(UNKNOWN));
    into.putInt(hello.call().caller()).putInt(hello.call().number());
    Strings.putCut(into, hello.desktop(), NAME_BYTES);
    Strings.putCut(into, hello.vm(), NAME_BYTES);
  }

  /**
   * Reads a greeting. Of another version only that version is read.
   *
   * @throws WireException if it is none
   */
  public static Hello decode(ByteBuffer from) throws WireException {
    try {
      if (from.getInt() != MAGIC) {
        throw new WireException("the peer does not speak Jettison's protocol");
      }
      int version = Short.toUnsignedInt(from.getShort());
      if (version != Hello.VERSION) {
        from.position(from.limit());
        return new Hello(version, Purpose.CONTROL, "", "", 0, OptionalLong.empty(), Call.ONLY);
      }
      Purpose purpose = PURPOSES.get(from);
      long epoch = from.getLong();
      OptionalLong hardware = hardware(from.getLong());
      Call call = new Call(from.getInt(), from.getInt());
      Hello hello =
          new Hello(version, purpose, Strings.get(from), Strings.get(from), epoch, hardware, call);
      if (from.hasRemaining()) {
        throw new WireException("a greeting is too long");
      }
      return hello;
    } catch (BufferUnderflowException e) {
      throw new WireException("a greeting is cut short", e);
    }
  }

  private static OptionalLong hardware(long address) throws WireException {
    if (address != UNKNOWN && !HardwareAddress.isOfOne(address)) {
      throw new WireException("a greeting from no network card");
    }
    return address == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(address);
  }
}
