package io.jettison.caesar.probe.internal;

import io.jettison.api.caesar.ContextHandler;
import io.jettison.wire.wake.ProbeContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.osgi.service.component.annotations.Component;

/**
 * Answers a health probe with one datagram: the PC sleeps, and is well. An answer is shorter than
 * the packet that asked for it, and goes to one host.
 */
@Component(property = ContextHandler.CONTEXT_ID + ":Long=" + ProbeContext.ID)
public final class ProbeHandler implements ContextHandler {
  private final AtomicLong answered = new AtomicLong();

  @Override
  public void presuspend() {
    answered.set(0);
  }

  @Override
  public After resume(ByteBuffer arguments) {
    Optional<ProbeContext.Arguments> probe = ProbeContext.read(arguments);
    if (probe.isEmpty()) {
      return After.RESUSPEND; // nobody to answer to, and no reason to get up
    }
    String answer = ProbeContext.answer(probe.get().nonce(), answered.incrementAndGet());
    byte[] bytes = answer.getBytes(StandardCharsets.US_ASCII);
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setBroadcast(false);
      socket.send(new DatagramPacket(bytes, bytes.length, probe.get().answerTo()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return After.RESUSPEND;
  }

  @Override
  public void resuspend() {}

  @Override
  public void postsuspend() {}
}
