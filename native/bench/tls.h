/*
 * TLS 1.3 over a connected socket, for the plain handler and page server. The server's certificate is
 * made on the spot and not checked: what is measured is what encryption costs.
 */
#pragma once
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

static SSL *tls;

static void tls_need(int good, const char *what) {
  if (!good) {
    fprintf(stderr, "tls: %s failed\n", what);
    exit(1);
  }
}

static void tls_begin(int fd, int server) {
  SSL_CTX *context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
  tls_need(context && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION), "a context");
  if (server) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    tls_need(key && certificate, "a key");
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    tls_need(X509_sign(certificate, key, EVP_sha256()) > 0, "a signature");
    tls_need(SSL_CTX_use_certificate(context, certificate) == 1 &&
                 SSL_CTX_use_PrivateKey(context, key) == 1,
             "a certificate");
  }
  tls = SSL_new(context);
  tls_need(tls && SSL_set_fd(tls, fd) == 1, "a connection");
  tls_need((server ? SSL_accept(tls) : SSL_connect(tls)) == 1, "the handshake");
}
