package io.jettison.server.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettison.api.hypervisor.VmPlace;
import io.jettison.api.hypervisor.VmSpec;
import io.jettison.api.memory.MemoryMap;
import io.jettison.api.transport.Link;
import io.jettison.wire.control.ControlCodec;
import io.jettison.wire.control.ControlMessage;
import io.jettison.wire.control.ControlMessage.AskReturn;
import io.jettison.wire.control.Conversation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GuestTest {
  /** A desktop's call, of which all that was sent is kept. */
  private static final class Call implements Link {
    private final List<ControlMessage> heard = new ArrayList<>();
    private final Conversation conversation = Conversation.answer(this);
    private ByteBuffer message = ByteBuffer.allocate(0);
    private boolean dead;

    @Override
    public SocketAddress peer() {
      return new InetSocketAddress("192.0.2.7", 7);
    }

    @Override
    public ByteBuffer begin(int length) {
      message = ByteBuffer.allocate(length);
      return message;
    }

    @Override
    public void end() {
      try {
        heard.add(ControlCodec.decode(message.flip()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void flush() {}

    @Override
    public long pending() {
      return 0;
    }

    @Override
    public Watch watch(int descriptor, Runnable readable) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean execute(Runnable task) {
      if (!dead) {
        task.run();
      }
      return true; // as one does whose end nobody has noticed
    }

    @Override
    public void close() {}
  }

  private final Guest guest =
      new Guest(
          "pc1/work",
          3,
          new VmSpec("work", "emulator", MemoryMap.ofBytes(4096), List.of(), Map.of("seed", "1")),
          new VmPlace(Path.of("memory"), Path.of("run")));

  private Call watch(boolean dead) {
    Call call = new Call();
    call.dead = dead;
    guest.watch(call.conversation);
    return call;
  }

  @Test
  void aDesktopIsAskedOverEachLinkUntilOneWorks() {
    Call early = watch(false);
    guest.sendHome("memory is short", true);
    assertThat(early.heard).isEmpty();
    watch(true);
    assertThat(watch(false).heard).containsExactly(new AskReturn("memory is short"));
  }

  @Test
  void aDesktopThatWokeIsAskedOverTheLinkFromBeforeItsSleep() {
    Call early = watch(false);
    guest.desktopIsAwake();
    guest.sendHome("memory is short", true);
    assertThat(early.heard).isEmpty();
    guest.desktopIsAwake();
    assertThat(early.heard).containsExactly(new AskReturn("memory is short"));
  }

  @Test
  void anAwakeDesktopIsAskedAtOnceAndAgainIfItsLinkWasDead() {
    Call dead = watch(true);
    Call alive = watch(false);
    guest.sendHome("asked for", false);
    assertThat(alive.heard).containsExactly(new AskReturn("asked for"));
    assertThat(dead.heard).isEmpty();
    assertThat(watch(false).heard).containsExactly(new AskReturn("asked for"));
  }

  @Test
  void aDesktopIsNotAskedForWhatWasTakenBack() {
    guest.sendHome("asked for", false);
    guest.mayStay();
    assertThat(watch(false).heard).isEmpty();
  }
}
