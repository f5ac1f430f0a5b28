package io.jettison.wire.wake;

import io.jettison.api.wake.Waker.Context;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** The context of the health probe: is the PC well, though it sleeps? */
public final class ProbeContext {
  /** "JTSNPRB1". */
  public static final long ID = 0x4a54534e50524231L;

  /**
   * Its arguments.
   *
   * @param nonce comes back in the answer
   * @param answerTo where the answer goes
   */
  public record Arguments(long nonce, InetSocketAddress answerTo) {}

  private static final int ADDRESS_BYTES = 16;
  private static final int ARGUMENT_BYTES = 2 * Long.BYTES + ADDRESS_BYTES;
  private static final int MAX_PORT = 0xffff;
  private static final int IPV4_BYTES = 4;
  private static final short MAPPED = (short) 0xffff;

  private ProbeContext() {}

  /** A probe, to be answered to an address that is not a name. */
  public static Context of(long nonce, InetSocketAddress answerTo) {
    byte[] address = answerTo.getAddress().getAddress();
    ByteBuffer wide = ByteBuffer.allocate(ADDRESS_BYTES);
    if (address.length == IPV4_BYTES) {
      wide.putLong(0).putShort((short) 0).putShort(MAPPED);
    }
    wide.put(address).flip();
    return new Context(
        ID, nonce, List.of((long) answerTo.getPort(), wide.getLong(), wide.getLong()));
  }

  /** Reads what followed the context id; empty if it is cut short or no address of one host. */
  public static Optional<Arguments> read(ByteBuffer arguments) {
    if (arguments.remaining() < ARGUMENT_BYTES) {
      return Optional.empty();
    }
    long nonce = arguments.getLong();
    long port = arguments.getLong();
    byte[] bytes = new byte[ADDRESS_BYTES];
    arguments.get(bytes);
    if (port < 1 || port > MAX_PORT) {
      return Optional.empty();
    }
    InetAddress address;
    try {
      address = InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // for other lengths only
    }
    if (address.isMulticastAddress() || address.isAnyLocalAddress()) {
      return Optional.empty();
    }
    return Optional.of(new Arguments(nonce, new InetSocketAddress(address, (int) port)));
  }

  /** The answer's text. */
  public static String answer(long nonce, long selective) {
    return String.format("alive %016x selective=%d", nonce, selective);
  }
}
