package io.jettison.api.caesar;

import io.jettison.api.caesar.ContextHandler.After;
import io.jettison.api.power.PowerController.WakeReason;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What a power controller asks around each sleep (Bila et al. 2015, §7.1). A service. Thread-safe,
 * though a PC sleeps once at a time:
 *
 * <pre>
 *   suspending(); freeze all but the agent; sleep
 *   while (woke(reason, packet).after() == RESUSPEND) sleep
 *   thaw everything
 * </pre>
 *
 * A controller that could not sleep after all says {@code woke(UNKNOWN, Optional.empty())}. Before
 * it sleeps again it looks whether somebody pressed a key meanwhile, and if so says {@code
 * woke(USER, Optional.empty())} first.
 *
 * <p>No call throws, and each returns within about four times the time limit of a context handler,
 * whatever the handlers do.
 */
@ProviderType
public interface SuspendCycle {
  /**
   * What comes after a wake.
   *
   * @param after sleep again, or resume everything
   * @param reason one line, for people
   */
  record Decision(After after, String reason) {}

  /** The PC is about to sleep; everything still runs. Not said again between two sleeps of one. */
  void suspending();

  /**
   * The PC woke; its network works and nothing but the agent runs. When this returns, what it was
   * woken for has been served, or everything is to be resumed.
   *
   * @param reason why it woke
   * @param packet what woke it, as its network card kept it: the frame or its payload; empty if
   *     there was none or it is not known
   */
  Decision woke(WakeReason reason, Optional<ByteBuffer> packet);
}
