package io.jettison.transport.netty;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Trusts the server that was met first at an address. For one connection. */
public final class FirstMet extends X509ExtendedTrustManager {
  private final Identity identity;
  private final String name;
  private volatile @Nullable String refusal;

  /** Trusts whom that identity met at the address. */
  public FirstMet(Identity identity, InetSocketAddress address) {
    this.identity = identity;
    this.name = address.getHostString() + "_" + address.getPort();
  }

  /** Why the server was not trusted; empty if it was, or did not come to show a key. */
  public Optional<String> refusal() {
    return Optional.ofNullable(refusal);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    try {
      identity.recognise(name, chain[0]);
    } catch (CertificateException e) {
      refusal = e.getMessage();
      throw e;
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    checkServerTrusted(chain, type);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    checkServerTrusted(chain, type);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("a client is not asked for a key");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    checkClientTrusted(chain, type);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    checkClientTrusted(chain, type);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
