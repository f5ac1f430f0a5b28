/*
 * Files on the guest's disk whose every block can be verified.
 *
 * A block's contents follow from its file, its number in it and its version. The versions are in
 * memory only: they move with the VM, and say what the disk must hold wherever it is. Each tick
 * rewrites some blocks in place; now and then a file grows, is cut or is replaced. All is synced.
 *
 *   disk-verify  every block of every file, none from the page cache
 *   disk-check N, disk-write N  blocks chosen at random; read from the disk, rewritten and synced
 *   disk-stat    how many there are, without a look at the disk
 *   ->  OK blocks=N bad=N
 * Bad are blocks that differ or cannot be read or written, and a file system that became read-only;
 * what ticks found is told by disk-stat, and by the next disk-verify.
 */
#define _GNU_SOURCE
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define BLOCK 4096u
#define PER_TICK 4
#define RESHAPE_TICKS 4 /* every so many ticks a file gets another length */

struct file {
  unsigned count;
  uint32_t *versions; /* room for twice the blocks it began with */
};

static int folder = -1;
static struct file *files;
static unsigned file_count, usual;
static uint32_t latest; /* version: no block is ever written twice with the same contents */
static uint64_t random_state = 2, ticks, wrong_in_ticks;

static unsigned any(unsigned below) {
  return (unsigned)(mix(random_state += 0x9e3779b97f4a7c15ull) % below);
}

static void fill(uint64_t *words, unsigned file, unsigned block) {
  uint64_t s = mix((uint64_t)file << 56 ^ (uint64_t)block << 32 ^ files[file].versions[block]);
  for (unsigned i = 0; i < BLOCK / 8; i++)
    words[i] = s += 0x9e3779b97f4a7c15ull;
}

static int open_file(unsigned file, int flags) {
  char name[16];
  snprintf(name, sizeof name, "f%03u", file);
  int fd = openat(folder, name, flags | O_CLOEXEC, 0600);
  if (fd < 0)
    fprintf(stderr, "workload: %s: %s\n", name, strerror(errno));
  return fd;
}

static unsigned write_block(int fd, unsigned file, unsigned block) {
  uint64_t words[BLOCK / 8];
  files[file].versions[block] = ++latest;
  fill(words, file, block);
  return pwrite(fd, words, BLOCK, (off_t)block * BLOCK) != BLOCK;
}

static unsigned read_block(int fd, unsigned file, unsigned block) {
  uint64_t words[BLOCK / 8], expected[BLOCK / 8];
  fill(expected, file, block);
  return pread(fd, words, BLOCK, (off_t)block * BLOCK) != BLOCK || memcmp(words, expected, BLOCK);
}

static unsigned synced(int fd) {
  unsigned failed = fsync(fd) != 0;
  return failed + (close(fd) != 0);
}

static unsigned rewrite_some(unsigned file) {
  int fd = open_file(file, O_RDWR);
  unsigned wrong = 0;
  if (fd < 0)
    return 1;
  for (int i = 0; i < PER_TICK; i++) {
    unsigned block = any(files[file].count);
    wrong += read_block(fd, file, block) + write_block(fd, file, block);
  }
  return wrong + synced(fd);
}

static unsigned append(unsigned file, unsigned count, int flags) {
  int fd = open_file(file, O_WRONLY | flags);
  unsigned wrong = 0;
  if (fd < 0)
    return 1;
  for (; count && files[file].count < 2 * usual; count--)
    wrong += write_block(fd, file, files[file].count++);
  return wrong + synced(fd);
}

static unsigned cut(unsigned file) {
  int fd = open_file(file, O_WRONLY);
  if (fd < 0)
    return 1;
  files[file].count -= any(files[file].count);
  unsigned wrong = ftruncate(fd, (off_t)files[file].count * BLOCK) != 0;
  return wrong + synced(fd);
}

static unsigned replace(unsigned file) {
  char name[16];
  snprintf(name, sizeof name, "f%03u", file);
  unsigned wrong = unlinkat(folder, name, 0) && errno != ENOENT;
  files[file].count = 0;
  wrong += append(file, usual, O_CREAT | O_EXCL);
  return wrong + (fsync(folder) != 0);
}

bool disk_begin(const char *path, unsigned number, unsigned kib) {
  file_count = number;
  usual = kib / (BLOCK / 1024);
  folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  files = calloc(file_count, sizeof *files);
  if (folder < 0 || !files || !file_count || file_count > 1000 || !usual)
    return false;
  unsigned wrong = 0;
  for (unsigned file = 0; file < file_count; file++) {
    files[file].versions = calloc(2 * usual, sizeof *files->versions);
    if (!files[file].versions)
      return false;
    wrong += replace(file);
  }
  return !wrong;
}

void disk_tick(void) {
  if (!file_count)
    return;
  ticks++;
  wrong_in_ticks += rewrite_some(any(file_count));
  if (ticks % RESHAPE_TICKS)
    return;
  unsigned file = any(file_count);
  switch (any(3)) {
  case 0: wrong_in_ticks += append(file, 1 + any(8), 0); break;
  case 1: wrong_in_ticks += cut(file); break;
  case 2: wrong_in_ticks += replace(file); break;
  }
}

static unsigned total(void) {
  unsigned blocks = 0;
  for (unsigned file = 0; file < file_count; file++)
    blocks += files[file].count;
  return blocks;
}

static unsigned read_only(void) {
  struct statvfs state;
  return fstatvfs(folder, &state) || state.f_flag & ST_RDONLY;
}

/* Directories and inodes are forgotten too: all is read as by a system that just booted. */
static unsigned drop_caches(void) {
  unsigned failed = syncfs(folder) != 0;
  int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
  failed += fd < 0 || write(fd, "3", 1) != 1;
  close(fd);
  return failed;
}

static unsigned verify(unsigned file) {
  struct stat stat;
  int fd = open_file(file, O_RDONLY);
  if (fd < 0)
    return files[file].count;
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  unsigned wrong = fstat(fd, &stat) || stat.st_size != (off_t)files[file].count * BLOCK;
  for (unsigned block = 0; block < files[file].count; block++)
    wrong += read_block(fd, file, block);
  close(fd);
  return wrong;
}

static unsigned check_one(void) {
  unsigned file = any(file_count), block = any(files[file].count);
  int fd = open_file(file, O_RDONLY);
  if (fd < 0)
    return 1;
  posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM); /* its neighbours stay where they are */
  posix_fadvise(fd, (off_t)block * BLOCK, BLOCK, POSIX_FADV_DONTNEED);
  unsigned wrong = read_block(fd, file, block);
  close(fd);
  return wrong;
}

static unsigned write_one(void) {
  unsigned file = any(file_count);
  int fd = open_file(file, O_WRONLY);
  if (fd < 0)
    return 1;
  unsigned wrong = write_block(fd, file, any(files[file].count));
  return wrong + (close(fd) != 0);
}

void disk_answer(const char *line, char *out, size_t size) {
  unsigned n = 0;
  unsigned long long blocks = 0, wrong = 0;
  if (!file_count) {
    snprintf(out, size, "ERR there is no disk\n");
    return;
  }
  if (!strcmp(line, "disk-verify")) {
    blocks = total();
    wrong = wrong_in_ticks + read_only() + drop_caches();
    wrong_in_ticks = 0;
    for (unsigned file = 0; file < file_count; file++)
      wrong += verify(file);
  } else if (!strcmp(line, "disk-stat")) {
    blocks = total();
    wrong = wrong_in_ticks + read_only();
  } else if (sscanf(line, "disk-check %u", &n) == 1) {
    for (; blocks < n; blocks++)
      wrong += check_one();
  } else if (sscanf(line, "disk-write %u", &n) == 1) {
    for (; blocks < n; blocks++)
      wrong += write_one();
    wrong += syncfs(folder) != 0;
  } else {
    snprintf(out, size, "ERR unknown command\n");
    return;
  }
  snprintf(out, size, "OK blocks=%llu bad=%llu\n", blocks, wrong);
}
