/*
 * The plain fault handler that memtap is measured against: one thread, one page a round trip, no
 * prefetch, no check. It serves a VMM that runs with the shim.
 *
 *   uffd-handler NOTE BASE file RAM      pages from a file
 *   uffd-handler NOTE BASE unix PATH     pages from page-server
 *   uffd-handler NOTE BASE tcp PORT      pages from page-server on loopback
 *
 * Built with -DTLS it speaks TLS. BASE is the file offset of the mapping's first byte. Prints READY, then
 * serves until the VMM is gone.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
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
  fprintf(stderr, "uffd-handler: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t field(const char *note, const char *key) {
  const char *at = strstr(note, key);
  if (!at)
    fail(key);
  return strtoull(at + strlen(key), NULL, 0);
}

static int dial(const char *kind, const char *where) {
  int fd;
  if (!strcmp(kind, "file")) {
    fd = open(where, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
      fail(where);
    return fd;
  }
  union {
    struct sockaddr any;
    struct sockaddr_un local;
    struct sockaddr_in net;
  } address = {0};
  socklen_t length;
  if (!strcmp(kind, "unix")) {
    address.local.sun_family = AF_UNIX;
    snprintf(address.local.sun_path, sizeof address.local.sun_path, "%s", where);
    length = sizeof address.local;
  } else {
    address.net.sin_family = AF_INET;
    address.net.sin_port = htons((uint16_t)atoi(where));
    address.net.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    length = sizeof address.net;
  }
  fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, &address.any, length))
    fail(where);
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
#ifdef TLS
  tls_begin(fd, 0);
#endif
  return fd;
}

static void fetch(int fd, int is_file, uint64_t pfn, uint8_t *page) {
  size_t got = 0;
  if (!is_file && GIVE(fd, &pfn, sizeof pfn) != sizeof pfn)
    fail("request");
  while (got < PAGE) {
    ssize_t n = is_file ? pread(fd, page + got, PAGE - got, (off_t)(pfn * PAGE + got))
                        : TAKE(fd, page + got, PAGE - got);
    if (n <= 0)
      fail("page");
    got += (size_t)n;
  }
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: uffd-handler NOTE BASE file|unix|tcp WHERE\n");
    return 2;
  }
  char note[4096] = "";
  FILE *file = fopen(argv[1], "re");
  if (!file || !fread(note, 1, sizeof note - 1, file))
    fail(argv[1]);
  uint64_t address = field(note, "address="), base = strtoull(argv[2], NULL, 0);
  int pidfd = (int)syscall(SYS_pidfd_open, (pid_t)field(note, "\npid="), 0);
  int uffd = (int)syscall(SYS_pidfd_getfd, pidfd, (int)field(note, "\nuffd="), 0);
  if (pidfd < 0 || uffd < 0)
    fail("pidfd_getfd");
  uint64_t mode = field(note, "features=") & (1 << 15) ? UFFDIO_COPY_MODE_WP : 0;
  int is_file = !strcmp(argv[3], "file"), fd = dial(argv[3], argv[4]);
  static uint8_t page[PAGE] __attribute__((aligned(PAGE)));
  puts("READY");
  fflush(stdout);
  for (;;) {
    struct pollfd waiting = {.fd = uffd, .events = POLLIN};
    if (poll(&waiting, 1, -1) < 0)
      fail("poll");
    struct uffd_msg messages[64];
    ssize_t bytes = read(uffd, messages, sizeof messages);
    if (bytes < 0 && errno == EAGAIN)
      continue;
    if (bytes <= 0)
      return 0;
    for (size_t i = 0; i < (size_t)bytes / sizeof *messages; i++) {
      if (messages[i].event != UFFD_EVENT_PAGEFAULT)
        continue;
      uint64_t at = messages[i].arg.pagefault.address & ~(PAGE - 1);
      fetch(fd, is_file, (at - address + base) / PAGE, page);
      struct uffdio_copy copy = {at, (uintptr_t)page, PAGE, mode, 0};
      while (ioctl(uffd, UFFDIO_COPY, &copy) && errno == EAGAIN)
        copy.copy = 0;
      if (copy.copy == -EEXIST) {
        struct uffdio_range range = {at, PAGE};
        ioctl(uffd, UFFDIO_WAKE, &range);
      }
    }
  }
}
