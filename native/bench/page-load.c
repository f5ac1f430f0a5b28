/*
 * Asks memsrv for pages as fast as it can answer: plays the server's side of one page link (see the
 * package io.jettison.wire.page), with DEPTH random pages under way at any time.
 *
 *   page-load EPOCH FIRST COUNT DEPTH SECONDS
 *
 * Prints `PORT n`, waits for memsrv to dial, and prints `OK requests=N seconds=S bytes=B` at the end.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST = 1, HEADER = 11, LENGTH = 4, LARGEST = 8192 };

static uint64_t epoch, first, count, seed = 1;
static uint8_t incoming[1 << 20];
static size_t have, used;

static void fail(const char *what) {
  fprintf(stderr, "page-load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t any_page(void) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return first + (seed >> 33) % count;
}

static void send_all(int fd, const uint8_t *bytes, size_t length) {
  for (size_t sent = 0; sent < length;) {
    ssize_t n = send(fd, bytes + sent, length - sent, MSG_NOSIGNAL);
    if (n <= 0)
      fail("send");
    sent += (size_t)n;
  }
}

static void ask(int fd, unsigned pages) {
  uint8_t message[LENGTH + HEADER + 8 * 256];
  uint32_t length = htobe32(HEADER + 8 * pages);
  uint64_t big = htobe64(epoch);
  uint16_t items = htobe16((uint16_t)pages);
  memcpy(message, &length, 4);
  message[4] = REQUEST;
  memcpy(message + 5, &big, 8);
  memcpy(message + 13, &items, 2);
  for (unsigned i = 0; i < pages; i++) {
    big = htobe64(any_page());
    memcpy(message + LENGTH + HEADER + 8 * i, &big, 8);
  }
  send_all(fd, message, LENGTH + HEADER + 8 * pages);
}

/* Length of the next whole message, or 0; it then begins at incoming + used. */
static uint32_t next(void) {
  uint32_t length;
  if (have - used < LENGTH)
    return 0;
  memcpy(&length, incoming + used, LENGTH);
  length = be32toh(length);
  if (length < 1 || length > LARGEST)
    fail("a message of a wrong length came");
  if (have - used < LENGTH + length)
    return 0;
  used += LENGTH;
  return length;
}

static void receive(int fd) {
  memmove(incoming, incoming + used, have - used);
  have -= used;
  used = 0;
  ssize_t n = recv(fd, incoming + have, sizeof incoming - have, 0);
  if (n <= 0)
    fail("memsrv hung up");
  have += (size_t)n;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: page-load EPOCH FIRST COUNT DEPTH SECONDS\n");
    return 2;
  }
  epoch = strtoull(argv[1], NULL, 10);
  first = strtoull(argv[2], NULL, 10);
  count = strtoull(argv[3], NULL, 10);
  unsigned depth = (unsigned)atoi(argv[4]);
  double seconds = atof(argv[5]);
  if (depth < 1 || depth > 256 || !count)
    fail("DEPTH is 1 to 256, COUNT is not 0");
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
  if (listening < 0 || bind(listening, (struct sockaddr *)&address, sizeof address) ||
      listen(listening, 1) || getsockname(listening, (struct sockaddr *)&address, &length))
    fail("listen");
  printf("PORT %d\n", ntohs(address.sin_port));
  fflush(stdout);
  int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  while (!next())
    receive(fd);
  have = used = 0;
  static const uint8_t welcome[] = {0, 0, 0, 1, 0};
  send_all(fd, welcome, sizeof welcome);

  uint64_t answered = 0, bytes = 0;
  double began = now(), end = began + seconds;
  ask(fd, depth);
  while (now() < end) {
    receive(fd);
    unsigned batch = 0;
    for (uint32_t size; (size = next()); used += size, batch++)
      bytes += LENGTH + size;
    answered += batch;
    if (batch)
      ask(fd, batch);
  }
  printf("OK requests=%llu seconds=%.3f bytes=%llu\n", (unsigned long long)answered, now() - began,
         (unsigned long long)bytes);
  return 0;
}
