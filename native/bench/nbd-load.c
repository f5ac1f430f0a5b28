/*
 * Asks an NBD server for as much as it can do, with DEPTH requests under way at any time, by libnbd.
 *
 *   nbd-load URI FIRST COUNT DEPTH SECONDS [BYTES read|write random|sequential]
 *
 * FIRST and COUNT are in requests of BYTES; without these, random reads of 4 KiB. Several requests that
 * are under way are never about the same bytes when it goes on sequentially, and seldom else. Prints
 *
 *   OK requests=N seconds=S bytes=B p50_ns=N p99_ns=N max_ns=N
 *
 * where the times are from a request's being handed to libnbd to its being found answered.
 */
#define _GNU_SOURCE
#include <libnbd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void fail(const char *what) {
  fprintf(stderr, "nbd-load: %s: %s\n", what, nbd_get_error());
  exit(1);
}

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A histogram: each power of two is divided into 64, which tells 1.6 % apart. */
#define PARTS 64u
static uint64_t counts[64 * PARTS], longest;

static void note(uint64_t nanos) {
  if (nanos > longest)
    longest = nanos;
  unsigned power = nanos < PARTS ? 0 : (unsigned)(58 - __builtin_clzll(nanos));
  counts[power * PARTS + (power ? (nanos >> (power - 1)) - PARTS : nanos)]++;
}

static uint64_t percentile(uint64_t total, double part) {
  uint64_t wanted = (uint64_t)((double)total * part), seen = 0;
  for (unsigned i = 0; i < 64 * PARTS; i++)
    if ((seen += counts[i]) > wanted) {
      unsigned power = i / PARTS;
      return power ? (uint64_t)(i % PARTS + PARTS) << (power - 1) : i;
    }
  return longest;
}

int main(int argc, char **argv) {
  if (argc != 6 && argc != 9) {
    fprintf(stderr, "usage: nbd-load URI FIRST COUNT DEPTH SECONDS [BYTES read|write random|sequential]\n");
    return 2;
  }
  uint64_t first = strtoull(argv[2], NULL, 10), count = strtoull(argv[3], NULL, 10), seed = 1, turn = 0;
  unsigned depth = (unsigned)atoi(argv[4]);
  size_t bytes = argc > 6 ? strtoul(argv[6], NULL, 10) : 4096;
  int writes = argc > 6 && !strcmp(argv[7], "write");
  int sequential = argc > 6 && !strcmp(argv[8], "sequential");
  struct nbd_handle *nbd = nbd_create();
  if (!nbd || nbd_connect_uri(nbd, argv[1]) < 0)
    fail("connect");
  nbd_set_pread_initialize(nbd, false);
  char *blocks = malloc(depth * bytes);
  int64_t *cookies = calloc(depth, sizeof *cookies);
  uint64_t *since = calloc(depth, sizeof *since);
  for (size_t i = 0; i < depth * bytes; i++)
    blocks[i] = (char)(i * 2654435761u >> 24);
  uint64_t answered = 0, began = now(), end = began + (uint64_t)(atof(argv[5]) * 1e9);
  for (unsigned under_way = depth; under_way > 0;) {
    under_way = 0;
    for (unsigned i = 0; i < depth; i++) {
      if (cookies[i]) {
        int done = nbd_aio_command_completed(nbd, (uint64_t)cookies[i]);
        if (done < 0)
          fail("request");
        if (!done) {
          under_way++;
          continue;
        }
        note(now() - since[i]);
        answered++;
        cookies[i] = 0;
      }
      if (now() >= end)
        continue; /* and hangs up once all is answered: nbdkit 1.32 may abort if a client does before */
      under_way++;
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      uint64_t at = (first + (sequential ? turn++ : seed >> 33) % count) * bytes;
      since[i] = now();
      cookies[i] = writes ? nbd_aio_pwrite(nbd, blocks + i * bytes, bytes, at, NBD_NULL_COMPLETION, 0)
                          : nbd_aio_pread(nbd, blocks + i * bytes, bytes, at, NBD_NULL_COMPLETION, 0);
      if (cookies[i] < 0)
        fail("request");
    }
    if (under_way > 0 && nbd_poll(nbd, -1) < 0)
      fail("poll");
  }
  double seconds = (double)(now() - began) / 1e9;
  if (nbd_shutdown(nbd, 0) < 0)
    fail("shutdown");
  printf("OK requests=%llu seconds=%.3f bytes=%llu p50_ns=%llu p99_ns=%llu max_ns=%llu\n",
         (unsigned long long)answered, seconds, (unsigned long long)(answered * bytes),
         (unsigned long long)percentile(answered, 0.5), (unsigned long long)percentile(answered, 0.99),
         (unsigned long long)longest);
  return 0;
}
