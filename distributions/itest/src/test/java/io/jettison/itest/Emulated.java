package io.jettison.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Talks to an emulated guest behind its VMM's socket. */
final class Emulated {
  private Emulated() {}

  static String ask(Path socket, String command) throws Exception {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8)));
      return new java.io.BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))
          .readLine();
    }
  }

  /** Has the guest read so many pages, which must be right. */
  static void touch(Path socket, int pages) {
    try {
      assertThat(ask(socket, "touch " + pages)).isEqualTo("OK pages=" + pages + " bad=0");
    } catch (Exception e) {
      throw new AssertionError("the guest does not answer", e);
    }
  }

  /** Every page of the guest is what it should be. */
  static void verify(Path socket) throws Exception {
    assertThat(ask(socket, "verify")).matches("OK pages=[1-9]\\d* bad=0");
  }
}
