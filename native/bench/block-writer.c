/*
 * Writes blocks of 4 KiB to their places in a file, and waits until they are durable.
 *
 *   block-writer CONTENTS PLACES INTO
 *
 * PLACES holds a u64 for each block of CONTENTS, little-endian: which block of INTO it becomes.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK 4096

static void fail(const char *what) {
  perror(what);
  exit(1);
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: block-writer CONTENTS PLACES INTO\n");
    return 2;
  }
  int contents = open(argv[1], O_RDONLY), into = open(argv[3], O_WRONLY);
  FILE *places = fopen(argv[2], "r");
  if (contents < 0 || into < 0 || !places)
    fail("block-writer: open");
  char block[BLOCK];
  for (uint64_t place; fread(&place, sizeof place, 1, places) == 1;)
    if (read(contents, block, BLOCK) != BLOCK || pwrite(into, block, BLOCK, (off_t)place * BLOCK) != BLOCK)
      fail("block-writer: copy");
  if (fdatasync(into))
    fail("block-writer: sync");
  return 0;
}
