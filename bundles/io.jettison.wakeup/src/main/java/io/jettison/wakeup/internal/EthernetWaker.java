package io.jettison.wakeup.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.wake.Waker;
import io.jettison.wakeup.internal.Wires.Wire;
import io.jettison.wire.wake.HardwareAddress;
import io.jettison.wire.wake.WakePacketCodec;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Sends wake packets as Ethernet frames, to everybody, without IP. */
@Component(configurationPid = "io.jettison.wakeup.ethernet", property = Waker.NAME + "=ethernet")
@Designate(ocd = EthernetWaker.Config.class)
public final class EthernetWaker implements Waker {
  /** Section [wakeup.ethernet]. */
  @ObjectClassDefinition(name = "Wake-ups by raw Ethernet")
  public @interface Config {
    /** Network card. */
    @AttributeDefinition(
        description =
            "network interface they are sent by; empty: that of the PC's network, or else all")
    String card() default "";
  }

  static final int TYPE = 0x0842;
  private static final int HEADER_BYTES = 14;

  private final String card;

  /** From the configuration. */
  @Activate
  public EthernetWaker(Config config) {
    this(config.card());
  }

  EthernetWaker(String card) {
    this.card = card.strip();
  }

  @Override
  public Outcome<Nothing> wake(Target target, Optional<Context> context) {
    ByteBuffer packet = WakePacketCodec.encode(target, context);
    int sent = 0;
    try (PacketSocket socket = PacketSocket.open(TYPE)) {
      for (NetworkInterface by : cards(target)) {
        byte[] own = by.getHardwareAddress();
        if (own != null && own.length == HardwareAddress.BYTES) {
          socket.send(by.getIndex(), frame(own, packet.duplicate()));
          sent++;
        }
      }
    } catch (PacketSocket.NotPermittedException e) {
      return Outcome.refused(
          "this user may not send raw Ethernet frames",
          "run the server as root or with CAP_NET_RAW, or let UDP do");
    } catch (IOException e) {
      return Outcome.refused(
          "no wake-up could be sent by Ethernet: " + e.getMessage(),
          "see `card` in [wakeup.ethernet]");
    }
    return sent > 0
        ? Outcome.done()
        : Outcome.refused(
            "no wake-up could be sent by Ethernet: there is no such interface",
            "see `card` in [wakeup.ethernet]");
  }

  private Set<NetworkInterface> cards(Target target) throws SocketException {
    Set<NetworkInterface> cards = new LinkedHashSet<>();
    if (!card.isEmpty()) {
      NetworkInterface named = NetworkInterface.getByName(card);
      return named == null ? Set.of() : Set.of(named);
    }
    for (Wire wire : Wires.all()) {
      if (wire.reaches(target.address())) {
        cards.add(wire.card());
      }
    }
    return cards.isEmpty() ? new LinkedHashSet<>(Wires.cards()) : cards;
  }

  private static byte[] frame(byte[] own, ByteBuffer packet) {
    ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + packet.remaining());
    for (int i = 0; i < HardwareAddress.BYTES; i++) {
      frame.put((byte) -1);
    }
    return frame.put(own).putShort((short) TYPE).put(packet).array();
  }
}
