package io.jettison.wakeup.internal;

import io.jettison.api.Outcome;
import io.jettison.api.Outcome.Nothing;
import io.jettison.api.wake.Waker;
import io.jettison.wakeup.internal.Wires.Wire;
import io.jettison.wire.wake.WakePacketCodec;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Sends wake packets as UDP datagrams. */
@Component(configurationPid = "io.jettison.wakeup.udp", property = Waker.NAME + "=udp")
@Designate(ocd = UdpWaker.Config.class)
public final class UdpWaker implements Waker {
  /** Section [wakeup.udp]. */
  @ObjectClassDefinition(name = "Wake-ups by UDP")
  public @interface Config {
    /** Port. */
    @AttributeDefinition(min = "1", max = "65535", description = "port they are sent to")
    int port() default 9;

    /** Destinations. */
    @AttributeDefinition(
        description =
            "where they are sent: any of directed (broadcast in the PC's network), limited"
                + " (broadcast on each network here) and unicast (the PC, while a switch or router"
                + " still knows the way)")
    String to() default "directed, limited, unicast";
  }

  /** Where wake-ups are sent. */
  enum To {
    DIRECTED,
    LIMITED,
    UNICAST
  }

  private static final InetAddress EVERYBODY = Literals.of("255.255.255.255").orThrow();

  private final int port;
  private final List<To> to;

  /**
   * From the configuration.
   *
   * @throws IllegalArgumentException if it names another way
   */
  @Activate
  public UdpWaker(Config config) {
    this(config.port(), parse(config.to()));
  }

  UdpWaker(int port, List<To> to) {
    this.port = port;
    this.to = to;
  }

  private static List<To> parse(String text) {
    List<To> ways = new ArrayList<>();
    for (String word : text.split(",", -1)) {
      ways.add(To.valueOf(word.strip().toUpperCase(Locale.ROOT)));
    }
    return ways;
  }

  @Override
  public Outcome<Nothing> wake(Target target, Optional<Context> context) {
    ByteBuffer packet = WakePacketCodec.encode(target, context);
    byte[] bytes = new byte[packet.remaining()];
    packet.get(bytes);
    Sending sending = new Sending(bytes);
    try {
      for (Wire wire : Wires.all()) {
        if (to.contains(To.LIMITED)) {
          // sent from an interface's address, this leaves by that interface
          sending.send(wire.own(), EVERYBODY);
        }
        InetAddress everybodyThere = wire.network().getBroadcast();
        if (to.contains(To.DIRECTED) && everybodyThere != null && wire.reaches(target.address())) {
          sending.send(wire.own(), everybodyThere);
        }
      }
      if (to.contains(To.UNICAST)) {
        sending.send(null, target.address());
      }
    } catch (IOException e) {
      sending.failed(e);
    }
    return sending.outcome();
  }

  private final class Sending {
    private final byte[] bytes;
    private int sent;
    private String trouble = "no network here has the PC";

    Sending(byte[] bytes) {
      this.bytes = bytes;
    }

    void send(@Nullable InetAddress from, InetAddress destination) {
      try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(from, 0))) {
        socket.setBroadcast(true);
        socket.send(new DatagramPacket(bytes, bytes.length, destination, port));
        sent++;
      } catch (IOException e) {
        failed(e);
      }
    }

    void failed(IOException e) {
      trouble = String.valueOf(e.getMessage());
    }

    Outcome<Nothing> outcome() {
      return sent > 0
          ? Outcome.done()
          : Outcome.refused(
              "no wake-up could be sent by UDP: " + trouble,
              "bring a network up that reaches the PC; see `to` in [wakeup.udp]");
    }
  }
}
