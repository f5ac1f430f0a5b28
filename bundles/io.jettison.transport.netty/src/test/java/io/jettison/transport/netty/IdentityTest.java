package io.jettison.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityTest {
  @TempDir Path folder;

  private static X509Certificate shown(Path folder) {
    try {
      KeyManagerFactory key = new Identity(folder).key();
      return ((X509ExtendedKeyManager) key.getKeyManagers()[0]).getCertificateChain("jettison")[0];
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void transportsThatMakeAKeyAtOnceShowTheSame() throws Exception {
    Path keys = folder.resolve("state/keys");
    List<CompletableFuture<X509Certificate>> all =
        Stream.generate(() -> CompletableFuture.supplyAsync(() -> shown(keys))).limit(3).toList();
    for (CompletableFuture<X509Certificate> one : all) {
      assertThat(one.get()).isEqualTo(shown(keys));
    }
    try (Stream<Path> files = Files.list(keys)) {
      assertThat(files).containsExactly(keys.resolve("identity.p12"));
    }
    assertThat(Files.getPosixFilePermissions(keys.resolve("identity.p12")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void theKeyFirstMetIsTrustedByAllTransportsAndNoOther() throws Exception {
    InetSocketAddress address = InetSocketAddress.createUnresolved("server.example", 7700);
    X509Certificate[] first = {shown(folder.resolve("one"))};
    X509Certificate[] second = {shown(folder.resolve("two"))};
    new FirstMet(new Identity(folder), address).checkServerTrusted(first, "EC");
    FirstMet other = new FirstMet(new Identity(folder), address);
    other.checkServerTrusted(first, "EC");
    assertThat(other.refusal()).isEmpty();
    assertThatThrownBy(() -> other.checkServerTrusted(second, "EC"))
        .isInstanceOf(CertificateException.class);
    assertThat(other.refusal().orElseThrow())
        .contains("another key than before")
        .endsWith("remove " + folder.resolve("known/server.example_7700"));
  }
}
