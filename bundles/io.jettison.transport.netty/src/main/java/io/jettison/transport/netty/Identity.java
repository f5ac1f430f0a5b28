package io.jettison.transport.netty;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import org.osgi.framework.BundleContext;

/**
 * By what hosts know each other, as ssh does it: a server has a key of its own, made when it is
 * first needed, and a desktop takes a server for the one it met first at an address as long as that
 * shows the same key. All transports of a host share one folder, and so one identity; each has its
 * own copy of this class, so that the files alone say who was first.
 */
public final class Identity {
  /** The key lies in a file that only this user may read; a key store must have a password. */
  public static final String PASSWORD = "jettison";

  private static final int MAKING_SECONDS = 60;

  private final Path folder;

  /** Kept in a folder, which is created if need be. */
  public Identity(Path folder) {
    this.folder = folder;
  }

  /** Of this host. */
  public static Identity of(BundleContext context) {
    return new Identity(
        Path.of(
                Optional.ofNullable(context.getProperty("jettison.state"))
                    .orElse("/var/lib/jettison"))
            .resolve("keys"));
  }

  /**
   * This host's key.
   *
   * @throws IOException if it cannot be made or read
   */
  public synchronized KeyManagerFactory key() throws IOException {
    Path file = folder.resolve("identity.p12");
    if (!Files.exists(file)) {
      make(file);
    }
    try (InputStream in = Files.newInputStream(file)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, PASSWORD.toCharArray());
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, PASSWORD.toCharArray());
      return factory;
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "the key in " + file + " is damaged: remove it, and have desktops forget it", e);
    }
  }

  private void make(Path file) throws IOException {
    Files.createDirectories(folder);
    Path room = Files.createTempDirectory(folder, "new");
    Path unfinished = room.resolve("identity.p12");
    try {
      generate(unfinished);
      Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString("rw-------"));
      place(unfinished, file);
    } finally {
      Files.deleteIfExists(unfinished);
      Files.delete(room);
    }
  }

  /** Puts a finished file where it belongs, unless another one is there: that one stays. */
  private static void place(Path finished, Path file) throws IOException {
    try {
      Files.createLink(file, finished); // a move may replace
    } catch (FileAlreadyExistsException e) {
      // another transport of this host was first
    }
  }

  // the JDK makes certificates by this program alone
  private static void generate(Path file) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin/keytool").toString(),
            "-genkeypair",
            "-alias",
            "jettison",
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-dname",
            "CN=jettison",
            "-validity",
            "36500",
            "-storetype",
            "PKCS12",
            "-storepass",
            PASSWORD,
            "-keystore",
            file.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      process.getOutputStream().close();
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(MAKING_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException("keytool cannot make a key: " + said);
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a key was made", e);
    }
  }

  /**
   * Checks the key a server shows.
   *
   * @param name under which it is known, such as its address
   * @throws CertificateException if it showed another one before
   */
  public synchronized void recognise(String name, X509Certificate shown)
      throws CertificateException {
    Path file = folder.resolve("known").resolve(name.replaceAll("[^\\w.-]", "_"));
    try {
      String print =
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(shown.getEncoded()));
      if (!Files.exists(file)) {
        remember(file, print);
      }
      if (!Files.readString(file).strip().equals(print)) {
        throw new CertificateException(
            "the server "
                + name
                + " shows another key than before: if that is right, remove "
                + file);
      }
    } catch (IOException | GeneralSecurityException e) {
      if (e instanceof CertificateException known) {
        throw known;
      }
      throw new CertificateException("the key of " + name + " cannot be checked", e);
    }
  }

  private static void remember(Path file, String print) throws IOException {
    Path folder = Files.createDirectories(file.getParent());
    Path unfinished = Files.createTempFile(folder, "new", "");
    try {
      Files.writeString(unfinished, print + "\n");
      place(unfinished, file);
    } finally {
      Files.delete(unfinished);
    }
  }
}
