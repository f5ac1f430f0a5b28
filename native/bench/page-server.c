/*
 * The plain page server that memsrv is measured against: a client sends page numbers (u64, in host
 * order) and gets 4096 bytes for each.
 *
 *   page-server RAM unix PATH
 *   page-server RAM tcp PORT      on loopback
 *
 * Built with -DTLS it speaks TLS. Prints READY, then serves one client until it hangs up.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifdef TLS
#include "tls.h"
#define TAKE(fd, at, length) SSL_read(tls, at, (int)(length))
#define GIVE(fd, at, length) SSL_write(tls, at, (int)(length))
#else
#define TAKE(fd, at, length) recv(fd, at, length, MSG_WAITALL)
#define GIVE(fd, at, length) send(fd, at, length, MSG_NOSIGNAL)
#endif

#define PAGE 4096ul

static void fail(const char *what) {
  fprintf(stderr, "page-server: %s: %s\n", what, strerror(errno));
  exit(1);
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: page-server RAM unix|tcp WHERE\n");
    return 2;
  }
  union {
    struct sockaddr any;
    struct sockaddr_un local;
    struct sockaddr_in net;
  } address = {0};
  socklen_t length;
  if (!strcmp(argv[2], "unix")) {
    address.local.sun_family = AF_UNIX;
    snprintf(address.local.sun_path, sizeof address.local.sun_path, "%s", argv[3]);
    unlink(argv[3]);
    length = sizeof address.local;
  } else {
    address.net.sin_family = AF_INET;
    address.net.sin_port = htons((uint16_t)atoi(argv[3]));
    address.net.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    length = sizeof address.net;
  }
  int ram = open(argv[1], O_RDONLY | O_CLOEXEC);
  int listening = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
  setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (ram < 0 || listening < 0 || bind(listening, &address.any, length) || listen(listening, 1))
    fail(argv[3]);
  puts("READY");
  fflush(stdout);
  int client = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
#ifdef TLS
  tls_begin(client, 1);
#endif
  static uint8_t page[PAGE];
  uint64_t pfn;
  while (TAKE(client, &pfn, sizeof pfn) == sizeof pfn) {
    if (pread(ram, page, PAGE, (off_t)(pfn * PAGE)) != PAGE)
      fail("pread");
    for (size_t sent = 0; sent < PAGE;) {
      ssize_t n = GIVE(client, page + sent, PAGE - sent);
      if (n <= 0)
        return 0;
      sent += (size_t)n;
    }
  }
  return 0;
}
