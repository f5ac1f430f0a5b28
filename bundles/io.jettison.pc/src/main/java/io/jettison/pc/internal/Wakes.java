package io.jettison.pc.internal;

import io.jettison.api.power.PowerController.WakeReason;
import io.jettison.memsrv.Memsrv.Serving;
import io.jettison.wire.wake.MemoryContext;
import io.jettison.wire.wake.WakePacket;
import io.jettison.wire.wake.WakePacketCodec;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** What a PC woke for, in words. */
final class Wakes {
  private Wakes() {}

  /** One line, for people. */
  static String words(WakeReason reason, Optional<ByteBuffer> packet, List<Serving> served) {
    return switch (reason) {
      case NETWORK ->
          packet
              .flatMap(bytes -> WakePacketCodec.find(bytes.duplicate()))
              .map(found -> words(found, served))
              .orElse("woken by the network");
      case USER -> "woken by a user";
      case ALARM -> "woken by its alarm";
      case UNKNOWN -> "woken by it is not known what";
    };
  }

  private static String words(WakePacket packet, List<Serving> served) {
    if (packet.context().isEmpty()) {
      return "woken by a packet without a context";
    }
    if (packet.context().getAsLong() != MemoryContext.ID) {
      return "woken by a packet with another context";
    }
    return MemoryContext.read(packet.rest().duplicate())
        .map(
            wanted ->
                "woken for "
                    + served.stream()
                        .map(Serving::vm)
                        .filter(vm -> MemoryContext.key(vm) == wanted.vm())
                        .findFirst()
                        .map(
                            vm ->
                                (vm.contains("/") ? "block " : "page ")
                                    + wanted.pfn()
                                    + " of "
                                    + vm)
                        .orElse("page " + wanted.pfn()))
        .orElse("woken for a page");
  }
}
