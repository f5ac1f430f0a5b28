package io.jettison.shell.client;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;

/** Gives one command to the daemon and shows what it says. */
public final class Main {
  /** Kinds of frames. */
  public static final int EXIT = 0;

  /** See {@link #EXIT}. */
  public static final int OUT = 1;

  /** See {@link #EXIT}. */
  public static final int ERR = 2;

  /** Exit status: there is no daemon, or it ended before it answered. */
  public static final int NO_DAEMON = 3;

  private Main() {}

  /** Exits with 0: done, 1: refused, 2: usage, 3: no daemon. */
  public static void main(String[] args) {
    String named = System.getProperty("jettison.socket");
    Path socket =
        named != null
            ? Path.of(named)
            : Path.of(System.getProperty("jettison.run", "/run/jettison"), "jettison.sock");
    List<String> words = args.length == 0 ? List.of("help") : List.of(args);
    System.exit(ask(socket, words, System.out, System.err));
  }

  /** Gives a command to the daemon at a socket; returns its exit status. */
  public static int ask(Path socket, List<String> words, PrintStream out, PrintStream err) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      try {
        channel.connect(UnixDomainSocketAddress.of(socket));
      } catch (IOException e) {
        err.println(
            "error: no jettisond answers at "
                + socket
                + ": "
                + e.getMessage()
                + " (start it with bin/jettisond, or set JETTISON_RUN to its run folder)");
        return NO_DAEMON;
      }
      DataOutputStream request = new DataOutputStream(Channels.newOutputStream(channel));
      request.writeUTF(Path.of("").toAbsolutePath().toString());
      request.writeInt(words.size());
      for (String word : words) {
        request.writeUTF(word);
      }
      request.flush();
      return show(
          new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel))), out, err);
    } catch (IOException e) {
      err.println(
          "error: jettisond ended before it answered (see how far it came: start it again, then"
              + " `jettison vms`)");
      return NO_DAEMON;
    }
  }

  private static int show(DataInputStream answer, PrintStream out, PrintStream err)
      throws IOException {
    for (; ; ) {
      int kind = answer.readUnsignedByte();
      byte[] bytes = answer.readNBytes(answer.readInt());
      if (kind == EXIT) {
        return bytes[0];
      }
      OutputStream to = kind == OUT ? out : err;
      to.write(bytes);
      to.flush();
    }
  }
}
