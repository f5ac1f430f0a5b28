package io.jettison.shell.internal;

import io.jettison.shell.client.Main;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.apache.felix.service.command.CommandProcessor;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives commands that come by a Unix socket, which only this user may open, to Gogo. */
@Component(
    service = {},
    immediate = true)
public final class ShellSocket {
  private static final Logger LOG = LoggerFactory.getLogger(ShellSocket.class);
  private static final int MOST_WORDS = 64;

  /** Runs commands: folder, words, standard output, standard error; yields the exit status. */
  @FunctionalInterface
  interface Runner {
    int run(Path folder, String[] words, PrintStream out, PrintStream err);
  }

  private final Path path;
  private final ServerSocketChannel listener;
  private final Runner runner;
  private final ExecutorService clients =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "shell");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * In a framework.
   *
   * @throws IOException if the socket cannot be opened
   */
  @Activate
  public ShellSocket(
      BundleContext context, @Reference CommandProcessor gogo, @Reference RuntimeCommands commands)
      throws IOException {
    this(
        Path.of(Optional.ofNullable(context.getProperty("jettison.run")).orElse("/run/jettison"))
            .resolve("jettison.sock"),
        new GogoRunner(context, gogo),
        started(context));
  }

  // Until the framework has started, parts come one by one, and some begin anew when those they
  // prefer come: a command would find a VM, and the next one would not.
  private static CompletableFuture<Void> started(BundleContext context) {
    CompletableFuture<Void> started = new CompletableFuture<>();
    context.addFrameworkListener(
        event -> {
          if (event.getType() == FrameworkEvent.STARTED) {
            started.complete(null);
          }
        });
    if (context.getBundle(Constants.SYSTEM_BUNDLE_ID).getState() == Bundle.ACTIVE) {
      started.complete(null);
    }
    return started;
  }

  /**
   * At a path.
   *
   * @param ready commands wait for it
   */
  ShellSocket(Path path, Runner runner, CompletionStage<Void> ready) throws IOException {
    this.path = path;
    this.runner = runner;
    if (Main.ask(path, java.util.List.of("help"), discard(), discard()) != Main.NO_DAEMON) {
      throw new IOException("another jettisond answers at " + path);
    }
    Files.createDirectories(path.toAbsolutePath().getParent());
    // bound under another name first: nobody may connect before the permissions are right
    Path unborn = path.resolveSibling(path.getFileName() + ".new");
    Files.deleteIfExists(unborn);
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(unborn));
    Files.setPosixFilePermissions(unborn, PosixFilePermissions.fromString("rw-------"));
    Files.move(unborn, path, StandardCopyOption.ATOMIC_MOVE);
    CompletionStage<Void> unused = ready.thenRunAsync(this::accept, clients);
  }

  private static PrintStream discard() {
    return new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
  }

  private void accept() {
    while (listener.isOpen()) {
      try {
        SocketChannel channel = listener.accept();
        try {
          clients.execute(() -> serve(channel));
        } catch (RejectedExecutionException e) {
          channel.close(); // it came while this was being closed
        }
      } catch (IOException e) {
        if (listener.isOpen()) {
          LOG.warn("a client could not be served", e);
        }
      }
    }
  }

  private void serve(SocketChannel channel) {
    try (channel) {
      DataInputStream request = new DataInputStream(Channels.newInputStream(channel));
      Path folder = Path.of(request.readUTF());
      int count = request.readInt();
      if (count < 1 || count > MOST_WORDS) {
        return;
      }
      String[] words = new String[count];
      for (int i = 0; i < count; i++) {
        words[i] = request.readUTF();
      }
      DataOutputStream answer = new DataOutputStream(Channels.newOutputStream(channel));
      PrintStream out = frames(answer, Main.OUT);
      PrintStream err = frames(answer, Main.ERR);
      int status = runner.run(folder, words, out, err);
      out.flush();
      err.flush();
      frame(answer, Main.EXIT, new byte[] {(byte) status}, 0, 1);
    } catch (IOException | InvalidPathException e) {
      LOG.debug("a client hung up", e);
    }
  }

  private static PrintStream frames(DataOutputStream answer, int kind) {
    OutputStream stream =
        new OutputStream() {
          @Override
          public void write(int single) throws IOException {
            write(new byte[] {(byte) single}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            frame(answer, kind, bytes, offset, length);
          }
        };
    return new PrintStream(stream, true, StandardCharsets.UTF_8);
  }

  private static void frame(DataOutputStream answer, int kind, byte[] bytes, int offset, int length)
      throws IOException {
    synchronized (answer) {
      answer.writeByte(kind);
      answer.writeInt(length);
      answer.write(bytes, offset, length);
      answer.flush();
    }
  }

  /**
   * Closes the socket; commands under way go on.
   *
   * @throws IOException if it cannot be removed
   */
  @Deactivate
  public void close() throws IOException {
    listener.close();
    Files.deleteIfExists(path);
    clients.shutdown();
  }
}
