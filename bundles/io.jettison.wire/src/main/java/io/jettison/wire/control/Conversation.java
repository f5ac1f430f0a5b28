package io.jettison.wire.control;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.jettison.api.Outcome;
import io.jettison.api.transport.Link;
import io.jettison.api.transport.LinkHandler;
import io.jettison.api.transport.Transport;
import io.jettison.wire.Hello;
import io.jettison.wire.HelloCodec;
import io.jettison.wire.WelcomeCodec;
import io.jettison.wire.WireException;
import io.jettison.wire.control.ControlMessage.DescriptorEnd;
import io.jettison.wire.control.ControlMessage.DescriptorPart;
import io.jettison.wire.control.ControlMessage.Kept;
import io.jettison.wire.control.ControlMessage.Keys;
import io.jettison.wire.control.ControlMessage.Populated;
import io.jettison.wire.control.ControlMessage.Refused;
import io.jettison.wire.control.ControlMessage.Stage;
import io.jettison.wire.control.ControlMessage.StagePacked;
import io.jettison.wire.control.ControlMessage.StageZeros;
import io.jettison.wire.control.ControlMessage.Want;
import io.jettison.wire.wake.HardwareAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One end of a control link, for code that may block. Bulk messages (a descriptor's pieces and its
 * end, pieces of a page set, changed pages, keys) are handed over on the link's thread as they
 * come; all others wait to be asked for, and are seen only after the bulk that came before them was
 * handled. Thread-safe.
 */
public final class Conversation implements LinkHandler, AutoCloseable {
  // enough to keep a 10 Gb/s link busy for some milliseconds
  private static final long MAX_UNSENT_BYTES = 8L << 20;
  private static final int FLUSH_BYTES = 1 << 15;

  /** Takes bulk messages, on the link's thread: must not wait for anything. */
  @FunctionalInterface
  public interface BulkSink {
    /**
     * A bulk message came; its buffer is valid only during the call.
     *
     * @throws IOException if it cannot be taken: ends the conversation
     */
    void bulk(ControlMessage message) throws IOException;
  }

  private record Gone(String why) {}

  private final CompletableFuture<Outcome<Conversation>> welcomed = new CompletableFuture<>();
  private final BlockingQueue<Object> inbox = new LinkedBlockingQueue<>();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong received = new AtomicLong();
  private final Object room = new Object();

  @GuardedBy("room")
  private long unsent;

  @GuardedBy("room")
  private long scheduled;

  private int unflushed; // on the link's thread

  @GuardedBy("room")
  private boolean closed;

  private volatile BulkSink sink =
      message -> {
        throw new WireException("unexpected " + name(message.getClass()));
      };
  private volatile Runnable goodbye = () -> {};
  private volatile @Nullable Link link;
  private volatile boolean open;

  private Conversation(boolean welcomed) {
    this.open = welcomed;
  }

  /**
   * Calls a server.
   *
   * @param patience how long to wait for it to answer
   */
  public static Outcome<Conversation> call(
      Transport transport, InetSocketAddress server, String desktop, Duration patience) {
    Conversation conversation = new Conversation(false);
    Hello hello =
        new Hello(Hello.Purpose.CONTROL, desktop, "", 0).from(HardwareAddress.towards(server));
    String where = server.getHostString() + ":" + server.getPort();
    String remedy = "check that the server is switched on and that its jettisond runs";
    transport
        .connect(server, conversation)
        .whenComplete(
            (link, failure) -> {
              if (failure != null) {
                conversation.welcomed.complete(
                    Outcome.refused(
                        "the server " + where + " cannot be reached: " + cause(failure), remedy));
              } else {
                conversation.start(link, hello);
              }
            });
    try {
      Outcome<Conversation> outcome =
          conversation.welcomed.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (!outcome.isDone()) {
        conversation.close();
      }
      return outcome;
    } catch (TimeoutException e) {
      conversation.close();
      return Outcome.refused("the server " + where + " does not answer", remedy);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      conversation.close();
      return Outcome.refused("the call to the server was interrupted", "try again");
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The server's end of a link that has been welcomed. */
  public static Conversation answer(Link link) {
    Conversation conversation = new Conversation(true);
    conversation.link = link;
    return conversation;
  }

  private void start(Link connected, Hello hello) {
    link = connected;
    if (!isOpen()) {
      connected.close();
      return;
    }
    connected.execute(
        () -> {
          ByteBuffer bytes = ByteBuffer.allocate(HelloCodec.MAX_BYTES);
          HelloCodec.encode(hello, bytes);
          transmit(connected, bytes.flip());
        });
  }

  private static String cause(Throwable failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  /** Who takes bulk messages from now on. To be set before the peer is asked to send any. */
  public void onBulk(BulkSink newSink) {
    sink = newSink;
  }

  /** What to do, once and without waiting for anything, when the conversation ends. */
  public void onGone(Runnable action) {
    goodbye = action;
    if (!isOpen()) {
      action.run();
    }
  }

  /** Sends a message; waits while too much is on its way already. Does nothing once closed. */
  public void send(ControlMessage message) {
    ByteBuffer scratch = ByteBuffer.allocate(size(message));
    ControlCodec.encode(message, scratch);
    ByteBuffer bytes = scratch.flip();
    int length = bytes.remaining();
    Link to = link;
    synchronized (room) {
      while (unsent > MAX_UNSENT_BYTES && !closed) {
        try {
          room.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          close();
          return;
        }
      }
      unsent += length;
      scheduled += length;
    }
    if (to == null || !to.execute(() -> transmit(to, bytes))) {
      gone("the link is closed");
    }
  }

  private static int size(ControlMessage message) {
    if (message instanceof DescriptorPart part) {
      return part.block().remaining() + ControlCodec.FIELDS_BYTES;
    } else if (message instanceof Stage stage) {
      return stage.pages().remaining() + ControlCodec.FIELDS_BYTES;
    } else if (message instanceof StagePacked stage) {
      return stage.block().remaining() + ControlCodec.FIELDS_BYTES;
    } else if (message instanceof Populated populated) {
      return populated.runs().remaining() + ControlCodec.FIELDS_BYTES;
    } else if (message instanceof Kept kept) {
      return kept.items().remaining() + ControlCodec.FIELDS_BYTES;
    } else if (message instanceof Keys keys) {
      return keys.items().remaining() + ControlCodec.FIELDS_BYTES;
    } else if (message instanceof Want want) {
      return want.runs().remaining() + ControlCodec.FIELDS_BYTES;
    }
    return message instanceof ControlMessage.Prepare ? VmSpecCodec.MAX_BYTES + 1024 : 4096;
  }

  private void transmit(Link to, ByteBuffer bytes) {
    int length = bytes.remaining();
    to.begin(length).put(bytes);
    to.end();
    sent.addAndGet(length);
    boolean more;
    synchronized (room) {
      scheduled = Math.max(0, scheduled - length);
      more = scheduled > 0;
    }
    // many small ones in a row leave together: each alone would cost a system call
    unflushed += length;
    if (!more || unflushed >= FLUSH_BYTES) {
      unflushed = 0;
      to.flush();
    }
  }

  @Override
  public void drained(Link from) {
    synchronized (room) {
      unsent = scheduled;
      room.notifyAll();
    }
  }

  @Override
  public void message(Link from, ByteBuffer message) {
    received.addAndGet(message.remaining());
    try {
      if (open) {
        take(ControlCodec.decode(message));
      } else {
        Outcome<Outcome.Nothing> welcome = WelcomeCodec.decode(message).outcome();
        open = welcome.isDone();
        welcomed.complete(welcome.then(accepted -> Outcome.done(this)));
      }
    } catch (IOException e) {
      gone(String.valueOf(e.getMessage()));
      from.close();
    }
  }

  private void take(ControlMessage message) throws IOException {
    if (message instanceof DescriptorPart
        || message instanceof DescriptorEnd
        || message instanceof Stage
        || message instanceof StagePacked
        || message instanceof StageZeros
        || message instanceof Populated
        || message instanceof Keys) {
      sink.bulk(message);
    } else {
      inbox.add(message);
    }
  }

  @Override
  public void closed(Link from, @Nullable Throwable failure) {
    gone(failure == null ? "it closed the link" : cause(failure));
  }

  private void gone(String why) {
    synchronized (room) {
      if (closed) {
        return;
      }
      closed = true;
      room.notifyAll();
    }
    welcomed.complete(
        Outcome.refused("the server hung up: " + why, "look at the server's log for the reason"));
    inbox.add(new Gone(why));
    goodbye.run();
  }

  /**
   * Waits for the next message, whatever it is.
   *
   * @return refused if none came in time or the link is gone
   */
  public Outcome<ControlMessage> next(Duration patience) {
    try {
      Object item = inbox.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (item instanceof ControlMessage message) {
        return Outcome.done(message);
      }
      if (item instanceof Gone gone) {
        inbox.add(gone);
        return Outcome.refused(
            "the link to the other host is lost: " + gone.why(), "check the network and try again");
      }
      return Outcome.refused(
          "the other host did not answer within " + patience.toSeconds() + " s",
          "look at its log and try again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Outcome.refused("interrupted", "try again");
    }
  }

  /**
   * Waits for an answer of one kind.
   *
   * @return refused if the peer refuses, says something else, says nothing in time, or is gone
   */
  public <T extends ControlMessage> Outcome<T> expect(Class<T> kind, Duration patience) {
    return next(patience)
        .then(
            message -> {
              if (kind.isInstance(message)) {
                return Outcome.done(kind.cast(message));
              }
              if (message instanceof Refused refused) {
                return Outcome.refused(refused.reason(), refused.remedy());
              }
              close();
              return Outcome.refused(
                  "the other host said " + name(message.getClass()) + " instead of " + name(kind),
                  "install the same version of Jettison on both hosts");
            });
  }

  private static String name(Class<?> kind) {
    return kind.getSimpleName();
  }

  /** Whether the link can still carry messages. */
  public boolean isOpen() {
    synchronized (room) {
      return !closed;
    }
  }

  /** Bytes of messages sent so far. */
  public long bytesSent() {
    return sent.get();
  }

  /** Bytes of messages received so far. */
  public long bytesReceived() {
    return received.get();
  }

  /** Ends the conversation, after what was sent has left. Idempotent. */
  @Override
  public void close() {
    Link to = link;
    if (to != null) {
      to.close();
    }
    gone("closed");
  }
}
