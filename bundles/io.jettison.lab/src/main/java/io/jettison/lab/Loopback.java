package io.jettison.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Optional;

/**
 * No network at all: both hosts on 127.0.0.1, the VM without a network card. For users who may not
 * create namespaces.
 */
record Loopback(String serverAddress) implements Network {
  /** Takes a port that nobody listens on. */
  static Loopback create() throws LabException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new Loopback("127.0.0.1:" + socket.getLocalPort());
    } catch (IOException e) {
      throw new LabException("cannot listen on 127.0.0.1", e);
    }
  }

  @Override
  public List<String> onDesktop() {
    return List.of();
  }

  @Override
  public List<String> onServer() {
    return List.of();
  }

  @Override
  public List<String> onClient() {
    return List.of();
  }

  @Override
  public Optional<String> desktopHardware() {
    return Optional.empty();
  }

  @Override
  public Optional<Guest> guest() {
    return Optional.empty();
  }

  @Override
  public String word() {
    return "loopback";
  }
}
