/*
 * Asks an NBD server for 4 KiB blocks as fast as it can answer, with DEPTH random reads under way at
 * any time, by libnbd.
 *
 *   nbd-load PORT FIRST COUNT DEPTH SECONDS
 *
 * FIRST and COUNT are in blocks. Prints `OK requests=N seconds=S bytes=B`.
 */
#define _GNU_SOURCE
#include <libnbd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BLOCK 4096ul

static void fail(const char *what) {
  fprintf(stderr, "nbd-load: %s: %s\n", what, nbd_get_error());
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: nbd-load PORT FIRST COUNT DEPTH SECONDS\n");
    return 2;
  }
  uint64_t first = strtoull(argv[2], NULL, 10), count = strtoull(argv[3], NULL, 10), seed = 1;
  unsigned depth = (unsigned)atoi(argv[4]);
  double seconds = atof(argv[5]);
  struct nbd_handle *nbd = nbd_create();
  if (!nbd || nbd_connect_tcp(nbd, "127.0.0.1", argv[1]) < 0)
    fail("connect");
  char *blocks = malloc(depth * BLOCK);
  int64_t *cookies = malloc(depth * sizeof *cookies);
  uint64_t answered = 0;
  double began = now(), end = began + seconds;
  for (unsigned i = 0; i < depth; i++)
    cookies[i] = 0;
  while (now() < end) {
    for (unsigned i = 0; i < depth; i++) {
      if (cookies[i]) {
        int done = nbd_aio_command_completed(nbd, (uint64_t)cookies[i]);
        if (done < 0)
          fail("read");
        if (!done)
          continue;
        answered++;
      }
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      uint64_t at = (first + (seed >> 33) % count) * BLOCK;
      cookies[i] = nbd_aio_pread(nbd, blocks + i * BLOCK, BLOCK, at, NBD_NULL_COMPLETION, 0);
      if (cookies[i] < 0)
        fail("pread");
    }
    if (nbd_poll(nbd, -1) < 0)
      fail("poll");
  }
  printf("OK requests=%llu seconds=%.3f bytes=%llu\n", (unsigned long long)answered, now() - began,
         (unsigned long long)(answered * BLOCK));
  return 0;
}
