/*
 * The emulated guest: one vCPU that works on memory it can verify. Its RAM is a shared file, paged
 * through the same shim as a real VMM's; its device state is what `save` writes and `load` reads.
 *
 * RAM:  page 0, its table's pages, the disk's table's pages if it has one, then cold pages, then hot
 *       pages, then pages that are never touched. A table entry is the version of a page (u32, for every
 *       page of RAM); contents follow from seed, pfn and version. Each tick rewrites some hot pages; cold
 *       pages are read or rewritten on command.
 * Disk: at most 4096 blocks in runs of 8 spread over all of it. Contents follow from seed, block and
 *       version. Each tick reads and rewrites some of the first blocks. The guest has it open while it
 *       runs only: when it has stopped all is flushed, and it looks at the disk anew when it goes on.
 *
 * Control: a Unix socket, one line a command, one line an answer: `OK k=v ...` or `ERR message`.
 *   status · stop · cont · save PATH · load PATH · verify · touch N · dirty N · discard N · time N · quit
 *   disk-verify · disk-check N · disk-write N · disk-stat: blocks of the disk rather than pages
 * All but verify, touch, dirty, discard, time and these are answered also while the vCPU waits for a page.
 * `time N` reads N cold pages, each once and in no order, and says how long the vCPU waited for each.
 */
#define _GNU_SOURCE
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096ul
#define WORDS (PAGE / 8)
#define DISK_MOST 4096u /* blocks the workload uses */
#define DISK_RUN 8u
#define DISK_FLUSH_TICKS 16

/* What `save` writes: the vCPU's and the devices' state, with room as a real VM's has. */
struct device_state {
  uint64_t magic, seed, random, ticks, replayed, memory;
  uint64_t disk_stride, disk_wrong; /* blocks from one run to the next; what ticks found */
  uint32_t cold_first, cold_count, hot_first, hot_count, tick_ms, per_tick;
  uint32_t disk_table, disk_count;
  uint8_t devices[384 << 10];
  uint64_t check;
};
#define MAGIC 0x4a544d45554c4154ull

enum run_state { WAITING, STOPPED, RUNNING };

static struct device_state cpu = {.magic = MAGIC};
static uint8_t *ram;
static FILE *trace;
static double trace_began;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static enum run_state wanted = RUNNING; /* guarded by lock, as all below */
static bool executing;                  /* the vCPU is inside an operation */
static char job[64];                    /* a command for the vCPU */
static bool job_waits, job_done;
static char job_answer[256];
static clockid_t cpu_clock;
static bool unflushed;                  /* the disk is open, or holds what is not on it for good */
static bool flush_failed;

static void fail(const char *format, ...) {
  va_list args;
  va_start(args, format);
  fputs("jettison-emulator: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  exit(2);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t mix(uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ull;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

static uint64_t next_random(void) {
  cpu.random += 0x9e3779b97f4a7c15ull;
  return mix(cpu.random);
}

/* The version table lies in guest RAM too, behind page 0. */
static uint32_t *version(uint64_t pfn) { return (uint32_t *)(ram + PAGE) + pfn; }

static void fill(uint64_t pfn, uint32_t v) {
  uint64_t *words = (uint64_t *)(ram + pfn * PAGE), s = mix(cpu.seed ^ (pfn << 32 | v));
  for (unsigned i = 0; i < WORDS; i++)
    words[i] = s += 0x9e3779b97f4a7c15ull;
}

static unsigned bad(uint64_t pfn) {
  uint64_t *words = (uint64_t *)(ram + pfn * PAGE);
  uint64_t s = mix(cpu.seed ^ (pfn << 32 | *version(pfn)));
  uint64_t difference = 0;
  for (unsigned i = 0; i < WORDS; i++)
    difference |= words[i] ^ (s += 0x9e3779b97f4a7c15ull);
  return difference != 0;
}

static unsigned bad_zero(uint64_t pfn) {
  uint64_t *words = (uint64_t *)(ram + pfn * PAGE), any = 0;
  for (unsigned i = 0; i < WORDS; i++)
    any |= words[i];
  return any != 0;
}

static void rewrite(uint64_t pfn) {
  *version(pfn) += 1;
  fill(pfn, *version(pfn));
}

static uint32_t *disk_version(uint32_t block) {
  return (uint32_t *)(ram + cpu.disk_table * PAGE) + block;
}

static uint64_t disk_offset(uint32_t block) {
  return (block / DISK_RUN * cpu.disk_stride + block % DISK_RUN) * PAGE;
}

static void disk_contents(uint64_t *words, uint32_t block) {
  uint64_t s = mix(~cpu.seed ^ ((uint64_t)block << 32 | *disk_version(block)));
  for (unsigned i = 0; i < WORDS; i++)
    words[i] = s += 0x9e3779b97f4a7c15ull;
}

/* By way of the stack: the kernel would not wait for a page that is absent. */
static unsigned disk_bad(uint32_t block) {
  uint64_t words[WORDS], expected[WORDS];
  disk_contents(expected, block);
  if (!disk_read(disk_offset(block), words, sizeof words)) {
    fprintf(stderr, "jettison-emulator: cannot read block %u: %s\n", block, strerror(errno));
    return 1;
  }
  return memcmp(words, expected, sizeof words) != 0;
}

static unsigned disk_rewrite(uint32_t block) {
  uint64_t words[WORDS];
  *disk_version(block) += 1;
  disk_contents(words, block);
  if (disk_write(disk_offset(block), words, sizeof words))
    return 0;
  fprintf(stderr, "jettison-emulator: cannot write block %u: %s\n", block, strerror(errno));
  return 1;
}

static void disk_tick(void) {
  uint32_t few = cpu.disk_count / 16 + 1;
  uint32_t read = (uint32_t)(next_random() % few), written = (uint32_t)(next_random() % few);
  cpu.disk_wrong += disk_bad(read) + disk_rewrite(written);
  if (cpu.ticks % DISK_FLUSH_TICKS == 0)
    cpu.disk_wrong += !disk_flush();
}

static void disk_job(const char *line, char *answer, size_t size) {
  unsigned long long n = 0, wrong = 0;
  uint32_t blocks = 0;
  if (!cpu.disk_count) {
    snprintf(answer, size, "ERR it has no disk");
    return;
  }
  if (!strcmp(line, "disk-verify")) {
    wrong = cpu.disk_wrong;
    cpu.disk_wrong = 0;
    for (; blocks < cpu.disk_count; blocks++)
      wrong += disk_bad(blocks);
  } else if (!strcmp(line, "disk-stat")) {
    blocks = cpu.disk_count;
    wrong = cpu.disk_wrong;
  } else if (sscanf(line, "disk-check %llu", &n) == 1) {
    for (; blocks < n; blocks++)
      wrong += disk_bad((uint32_t)(next_random() % cpu.disk_count));
  } else if (sscanf(line, "disk-write %llu", &n) == 1) {
    for (; blocks < n; blocks++)
      wrong += disk_rewrite((uint32_t)(next_random() % cpu.disk_count));
    wrong += !disk_flush();
  } else {
    snprintf(answer, size, "ERR unknown command");
    return;
  }
  snprintf(answer, size, "OK blocks=%u bad=%llu", blocks, wrong);
}

static void power_on(void) {
  for (uint32_t block = 0; block < cpu.disk_count; block++)
    if (disk_rewrite(block))
      fail("the disk cannot be filled");
  for (uint64_t i = 0; i < cpu.cold_count; i++)
    fill(cpu.cold_first + i, 0);
  for (uint64_t i = 0; i < cpu.hot_count; i++)
    fill(cpu.hot_first + i, 0);
  for (size_t i = 0; i < sizeof cpu.devices; i++)
    cpu.devices[i] = (uint8_t)mix(cpu.seed + i);
}

/* One line of the trace: MICROSECONDS r|w PFN, counted from the trace's beginning. */
static double replay(void) {
  static char kind;
  static unsigned long long micros, pfn;
  static bool pending;
  for (;;) {
    if (!pending) {
      if (fscanf(trace, "%llu %c %llu", &micros, &kind, &pfn) != 3)
        return -1;
      pending = true;
    }
    double due = trace_began + (double)micros / 1e6 - now();
    if (due > 0)
      return due;
    pending = false;
    cpu.replayed++;
    uint64_t at = cpu.cold_first + pfn % cpu.cold_count;
    if (bad(at))
      fail("page %llu is wrong in the trace", (unsigned long long)at);
    if (kind == 'w')
      rewrite(at);
  }
}

static void tick(void) {
  cpu.ticks++;
  if (cpu.disk_count)
    disk_tick();
  for (uint32_t i = 0; i < cpu.per_tick && cpu.hot_count; i++) {
    uint64_t pfn = cpu.hot_first + next_random() % cpu.hot_count;
    if (bad(pfn))
      fprintf(stderr, "jettison-emulator: hot page %llu is wrong\n", (unsigned long long)pfn);
    rewrite(pfn);
  }
}

static int by_value(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static uint64_t nanos(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void time_touches(uint64_t count, char *answer, size_t size) {
  uint32_t *order = malloc(sizeof *order * cpu.cold_count);
  uint64_t *took = malloc(sizeof *took * (count ? count : 1)), wrong = 0;
  if (!order || !took)
    fail("no memory to measure with");
  if (count > cpu.cold_count)
    count = cpu.cold_count;
  for (uint32_t i = 0; i < cpu.cold_count; i++)
    order[i] = i;
  for (uint64_t i = 0; i < count; i++) {
    uint64_t j = i + next_random() % (cpu.cold_count - i);
    uint32_t chosen = order[j];
    order[j] = order[i];
    order[i] = chosen;
    wrong += *version(cpu.cold_first + chosen) > 1u << 30; /* its page of the table is there now */
  }
  uint64_t began = nanos();
  for (uint64_t i = 0; i < count; i++) {
    uint64_t before = nanos();
    (void)*(volatile uint64_t *)(ram + (cpu.cold_first + order[i]) * PAGE);
    took[i] = nanos() - before;
  }
  uint64_t elapsed = nanos() - began;
  for (uint64_t i = 0; i < count; i++)
    wrong += bad(cpu.cold_first + order[i]);
  qsort(took, count, sizeof *took, by_value);
  uint64_t last = count ? count - 1 : 0;
  snprintf(answer, size,
           "OK pages=%llu bad=%llu elapsed_ns=%llu p50_ns=%llu p99_ns=%llu p999_ns=%llu max_ns=%llu",
           (unsigned long long)count, (unsigned long long)wrong, (unsigned long long)elapsed,
           (unsigned long long)took[last / 2], (unsigned long long)took[last * 99 / 100],
           (unsigned long long)took[last * 999 / 1000], (unsigned long long)took[last]);
  free(order);
  free(took);
}

static void do_job(char *answer, size_t size) {
  unsigned long long n = 0, wrong = 0, pages = 0;
  if (!strncmp(job, "disk-", 5)) {
    disk_job(job, answer, size);
    return;
  }
  if (!strcmp(job, "verify")) {
    for (uint64_t pfn = cpu.cold_first; pfn < cpu.hot_first + cpu.hot_count; pfn++, pages++)
      wrong += bad(pfn);
    uint64_t end = cpu.memory / PAGE, untouched = cpu.hot_first + cpu.hot_count;
    for (uint64_t pfn = untouched; pfn < end; pfn += 1 + (end - untouched) / 64, pages++)
      wrong += bad_zero(pfn);
  } else if (sscanf(job, "time %llu", &n) == 1) {
    time_touches(n, answer, size);
    return;
  } else if (sscanf(job, "touch %llu", &n) == 1) {
    for (; pages < n && cpu.cold_count; pages++)
      wrong += bad(cpu.cold_first + next_random() % cpu.cold_count);
  } else if (sscanf(job, "discard %llu", &n) == 1) {
    /* as a balloon does with pages its guest does not use: only a shim that ignores it saves them */
    for (; pages < n && cpu.cold_count; pages++) {
      uint64_t pfn = cpu.cold_first + next_random() % cpu.cold_count;
      wrong += bad(pfn);
      madvise(ram + pfn * PAGE, PAGE, MADV_REMOVE);
    }
  } else if (sscanf(job, "dirty %llu", &n) == 1) {
    for (; pages < n && cpu.cold_count; pages++) {
      uint64_t pfn = cpu.cold_first + next_random() % cpu.cold_count;
      wrong += bad(pfn);
      rewrite(pfn);
    }
  }
  snprintf(answer, size, "OK pages=%llu bad=%llu", pages, wrong);
}

static void *vcpu(void *unused) {
  (void)unused;
  double next = now();
  pthread_mutex_lock(&lock);
  for (;;) {
    if (wanted != RUNNING && unflushed) {
      executing = true;
      pthread_mutex_unlock(&lock);
      bool flushed = disk_flush();
      disk_close();
      pthread_mutex_lock(&lock);
      executing = unflushed = false;
      flush_failed = !flushed;
      pthread_cond_broadcast(&changed);
      continue;
    }
    if (wanted != RUNNING) {
      pthread_cond_wait(&changed, &lock);
      next = now();
      continue;
    }
    bool work = job_waits, due = now() >= next;
    if (!work && !due) {
      struct timespec until;
      clock_gettime(CLOCK_REALTIME, &until);
      double seconds = next - now();
      long nanos = until.tv_nsec + (long)((seconds > 0 ? seconds : 0) * 1e9) % 1000000000l;
      until.tv_sec += (time_t)seconds + nanos / 1000000000l;
      until.tv_nsec = nanos % 1000000000l;
      pthread_cond_timedwait(&changed, &lock, &until);
      continue;
    }
    executing = true;
    unflushed = cpu.disk_count > 0;
    pthread_mutex_unlock(&lock);
    char answer[256] = "";
    double pause = cpu.tick_ms / 1000.0;
    if (work)
      do_job(answer, sizeof answer);
    else if (trace) {
      pause = replay();
      if (pause < 0)
        pause = 3600;
    } else
      tick();
    pthread_mutex_lock(&lock);
    executing = false;
    if (work) {
      strcpy(job_answer, answer);
      job_waits = false;
      job_done = true;
    } else {
      next = now() + pause;
    }
    pthread_cond_broadcast(&changed);
  }
  return NULL;
}

static uint64_t check(void) {
  uint64_t sum = cpu.magic;
  const uint8_t *bytes = (const uint8_t *)&cpu;
  for (size_t i = 0; i < offsetof(struct device_state, check); i++)
    sum = mix(sum + bytes[i]);
  return sum;
}

static bool transfer(const char *path, bool out) {
  int fd = open(path, out ? O_WRONLY | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    return false;
  size_t done = 0;
  uint8_t *bytes = (uint8_t *)&cpu;
  while (done < sizeof cpu) {
    ssize_t n = out ? write(fd, bytes + done, sizeof cpu - done) : read(fd, bytes + done, sizeof cpu - done);
    if (n <= 0)
      break;
    done += (size_t)n;
  }
  close(fd);
  if (done < sizeof cpu)
    errno = EPIPE;
  return done == sizeof cpu;
}

/* The vCPU and the disk are at rest when this returns: they may have to wait for a page first. In lock. */
static void come_to_rest(enum run_state state) {
  wanted = state;
  pthread_cond_broadcast(&changed);
  while (executing || unflushed)
    pthread_cond_wait(&changed, &lock);
}

static void status(char *answer, size_t size) {
  static const char *names[] = {"waiting", "stopped", "running"};
  struct timespec used = {0, 0};
  clock_gettime(cpu_clock, &used);
  /* stopping: asked to, but still inside an operation, perhaps one that waits for a page */
  snprintf(answer, size, "OK state=%s cpu_ns=%lld ticks=%llu replayed=%llu",
           wanted != RUNNING && executing ? "stopping" : names[wanted],
           (long long)used.tv_sec * 1000000000ll + used.tv_nsec, (unsigned long long)cpu.ticks,
           (unsigned long long)cpu.replayed);
}

static void run_job(const char *line, char *answer, size_t size) {
  while (job_waits)
    pthread_cond_wait(&changed, &lock);
  snprintf(job, sizeof job, "%.60s", line);
  job_waits = true;
  job_done = false;
  pthread_cond_broadcast(&changed);
  while (!job_done)
    pthread_cond_wait(&changed, &lock);
  snprintf(answer, size, "%s", job_answer);
}

static void command(const char *line, char *answer, size_t size) {
  char path[4000];
  pthread_mutex_lock(&lock);
  if (!strcmp(line, "status")) {
    status(answer, size);
  } else if (!strcmp(line, "stop")) {
    if (wanted == WAITING) {
      snprintf(answer, size, "ERR it waits for its state: load it first");
    } else {
      come_to_rest(STOPPED);
      snprintf(answer, size, flush_failed ? "ERR the disk was not flushed" : "OK");
    }
  } else if (!strcmp(line, "cont")) {
    while (wanted == STOPPED && cpu.disk_count && (executing || unflushed))
      pthread_cond_wait(&changed, &lock); /* its disk is about to be closed */
    if (wanted == WAITING) {
      snprintf(answer, size, "ERR it waits for its state: load it first");
    } else if (wanted != RUNNING && cpu.disk_count && !disk_open()) {
      snprintf(answer, size, "ERR cannot open its disk: %s", strerror(errno));
    } else {
      wanted = RUNNING;
      pthread_cond_broadcast(&changed);
      snprintf(answer, size, "OK");
    }
  } else if (sscanf(line, "save %3999[^\n]", path) == 1) {
    if (wanted != STOPPED || executing) {
      snprintf(answer, size, "ERR it is not stopped");
    } else {
      cpu.check = check();
      if (transfer(path, true))
        snprintf(answer, size, "OK bytes=%zu", sizeof cpu);
      else
        snprintf(answer, size, "ERR cannot write %.3000s: %s", path, strerror(errno));
    }
  } else if (sscanf(line, "load %3999[^\n]", path) == 1) {
    if (wanted != WAITING) {
      snprintf(answer, size, "ERR it has its state already");
    } else if (!transfer(path, false)) {
      snprintf(answer, size, "ERR cannot read %.3000s: %s", path, strerror(errno));
    } else if (cpu.magic != MAGIC || cpu.check != check()) {
      snprintf(answer, size, "ERR the state is damaged");
    } else if (cpu.disk_count && !disk_exists()) {
      snprintf(answer, size, "ERR it has a disk, and none was given");
    } else {
      /* as a real device does, look at some guest memory */
      pthread_mutex_unlock(&lock);
      volatile uint32_t sink = *version(cpu.hot_first);
      (void)sink;
      pthread_mutex_lock(&lock);
      wanted = STOPPED;
      snprintf(answer, size, "OK");
    }
  } else if (!strcmp(line, "verify") || !strncmp(line, "touch ", 6) || !strncmp(line, "dirty ", 6) ||
             !strncmp(line, "discard ", 8) || !strncmp(line, "time ", 5) ||
             !strncmp(line, "disk-", 5)) {
    if (wanted != RUNNING)
      snprintf(answer, size, "ERR it does not run");
    else
      run_job(line, answer, size);
  } else {
    snprintf(answer, size, "ERR unknown command");
  }
  pthread_mutex_unlock(&lock);
}

static void *serve(void *argument) {
  FILE *in = argument;
  char line[4096], answer[4096];
  while (fgets(line, sizeof line, in)) {
    line[strcspn(line, "\r\n")] = 0;
    if (!strcmp(line, "quit"))
      _exit(0);
    answer[0] = 0;
    command(line, answer, sizeof answer);
    size_t length = strlen(answer);
    answer[length++] = '\n';
    if (send(fileno(in), answer, length, MSG_NOSIGNAL) != (ssize_t)length)
      break;
  }
  fclose(in);
  return NULL;
}

static int listen_on(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path)
    fail("the path of --control is too long: %s", path);
  strcpy(address.sun_path, path);
  unlink(path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  umask(077);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 16))
    fail("cannot listen on %s: %s", path, strerror(errno));
  return fd;
}

static void map_ram(const char *path, uint64_t memory) {
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  struct stat stat;
  if (fd < 0 || fstat(fd, &stat))
    fail("cannot open %s: %s", path, strerror(errno));
  if ((uint64_t)stat.st_size != memory && ftruncate(fd, (off_t)memory))
    fail("cannot size %s: %s", path, strerror(errno));
  ram = mmap(NULL, memory, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (ram == MAP_FAILED)
    fail("cannot map %s: %s", path, strerror(errno));
  close(fd);
}

/* Chooses the blocks to use: a disk that was never plugged in has none. */
static void plug_disk(void) {
  if (!disk_open())
    fail("cannot open the disk: %s", strerror(errno));
  uint64_t blocks = disk_bytes() / PAGE, runs = blocks / DISK_RUN;
  if (!runs)
    fail("a disk of %llu bytes is too small", (unsigned long long)disk_bytes());
  if (runs > DISK_MOST / DISK_RUN)
    runs = DISK_MOST / DISK_RUN;
  cpu.disk_count = (uint32_t)(runs * DISK_RUN);
  cpu.disk_stride = blocks / runs;
  unflushed = true;
}

static uint64_t number(const char *text, const char *option) {
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (errno || *end || end == text)
    fail("--%s wants a number, not '%s'", option, text);
  return value;
}

int main(int argc, char **argv) {
  static const struct option options[] = {
      {"name", 1, 0, 'n'},     {"ram", 1, 0, 'r'},  {"memory", 1, 0, 'm'}, {"control", 1, 0, 'c'},
      {"incoming", 0, 0, 'i'}, {"seed", 1, 0, 's'}, {"cold", 1, 0, 'C'},   {"hot", 1, 0, 'H'},
      {"tick", 1, 0, 't'},     {"per-tick", 1, 0, 'p'}, {"trace", 1, 0, 'T'}, {"log", 1, 0, 'l'},
      {"disk", 1, 0, 'd'},     {"disk-socket", 1, 0, 'S'}, {"disk-export", 1, 0, 'E'},
      {0, 0, 0, 0}};
  const char *ram_path = NULL, *control = NULL, *trace_path = NULL, *log = NULL;
  const char *disk = NULL, *disk_socket = NULL, *disk_export = "";
  uint64_t memory = 0, cold = 0, hot = 0;
  bool incoming = false;
  cpu.seed = 1;
  cpu.tick_ms = 100;
  cpu.per_tick = 4;
  int c, index;
  while ((c = getopt_long(argc, argv, "", options, &index)) != -1) {
    const char *option = c == '?' ? "" : options[index].name;
    switch (c) {
    case 'n': break; /* for people who look at the list of processes */
    case 'r': ram_path = optarg; break;
    case 'm': memory = number(optarg, option); break;
    case 'c': control = optarg; break;
    case 'i': incoming = true; break;
    case 's': cpu.seed = number(optarg, option); break;
    case 'C': cold = number(optarg, option) << 20; break;
    case 'H': hot = number(optarg, option) << 20; break;
    case 't': cpu.tick_ms = (uint32_t)number(optarg, option); break;
    case 'p': cpu.per_tick = (uint32_t)number(optarg, option); break;
    case 'T': trace_path = optarg; break;
    case 'l': log = optarg; break;
    case 'd': disk = optarg; break;
    case 'S': disk_socket = optarg; break;
    case 'E': disk_export = optarg; break;
    default: exit(2);
    }
  }
  if (!ram_path || !control || !memory || memory % PAGE || optind < argc)
    fail("usage: --ram FILE --memory BYTES --control SOCKET [--incoming] [--seed N] [--cold MIB] "
         "[--hot MIB] [--tick MS] [--per-tick N] [--trace FILE] [--log FILE] [--name NAME] "
         "[--disk FILE | --disk-socket SOCKET --disk-export NAME]");
  if (disk)
    disk_is_file(disk);
  else if (disk_socket)
    disk_is_export(disk_socket, disk_export);
  uint64_t table = (memory / PAGE * sizeof(uint32_t) + PAGE - 1) / PAGE;
  uint64_t before = 1 + table + (disk_exists() ? DISK_MOST * sizeof(uint32_t) / PAGE : 0);
  if (before * PAGE + cold + hot > memory)
    fail("%llu bytes of memory do not hold %llu MiB cold and %llu MiB hot pages",
         (unsigned long long)memory, (unsigned long long)cold >> 20, (unsigned long long)hot >> 20);
  cpu.memory = memory;
  cpu.random = cpu.seed;
  cpu.disk_table = (uint32_t)(1 + table);
  cpu.cold_first = (uint32_t)before;
  cpu.cold_count = (uint32_t)(cold / PAGE);
  cpu.hot_first = cpu.cold_first + cpu.cold_count;
  cpu.hot_count = (uint32_t)(hot / PAGE);
  if (log && (!freopen(log, "ae", stderr) || dup2(fileno(stderr), STDOUT_FILENO) < 0))
    fail("cannot open %s", log);
  if (trace_path && !(trace = fopen(trace_path, "re")))
    fail("cannot open %s: %s", trace_path, strerror(errno));
  setsid();
  signal(SIGPIPE, SIG_IGN);
  map_ram(ram_path, memory);
  if (incoming) {
    wanted = WAITING;
  } else {
    if (disk_exists())
      plug_disk();
    power_on();
  }
  trace_began = now();
  pthread_t thread;
  if (pthread_create(&thread, NULL, vcpu, NULL) || pthread_getcpuclockid(thread, &cpu_clock))
    fail("cannot start the vCPU");
  pthread_setname_np(thread, "vcpu0");
  int listening = listen_on(control);
  for (;;) {
    int connection = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
    if (connection < 0)
      continue;
    FILE *in = fdopen(connection, "r");
    if (!in || pthread_create(&thread, NULL, serve, in))
      close(connection);
    else
      pthread_detach(thread);
  }
}
