/*
 * What runs in the lab's Linux guest: memory whose every page can be verified, files whose every
 * block can be (disk.c), and a TCP server.
 *
 * usage: workload COLD_MIB HOT_MIB TICK_MS PAGES_PER_TICK [FOLDER FILES FILE_KIB]
 *
 * Cold pages are filled once and then touched on command only; hot pages are rewritten a few each
 * tick. Commands are lines, on the console and on TCP port 7000; an answer is one line:
 *   stat · verify · touch N · dirty N  ->  OK pages=N bad=N
 *   disk-stat · disk-verify · disk-check N · disk-write N  ->  OK blocks=N bad=N
 *   echo TEXT                          ->  OK TEXT
 */
#define _GNU_SOURCE
#include "disk.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096ul
#define CLIENTS 16
#define LINE 1024

static uint64_t cold, hot, random_state = 1, ticks, wrong_in_ticks;
static uint8_t *memory; /* cold pages, then hot pages */
static uint32_t *versions;

uint64_t mix(uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ull;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

static uint64_t next_random(void) { return mix(random_state += 0x9e3779b97f4a7c15ull); }

static void fill(uint64_t page) {
  uint64_t *words = (uint64_t *)(memory + page * PAGE), s = mix(page << 32 | versions[page]);
  for (unsigned i = 0; i < PAGE / 8; i++)
    words[i] = s += 0x9e3779b97f4a7c15ull;
}

static unsigned bad(uint64_t page) {
  uint64_t *words = (uint64_t *)(memory + page * PAGE), s = mix(page << 32 | versions[page]);
  uint64_t difference = 0;
  for (unsigned i = 0; i < PAGE / 8; i++)
    difference |= words[i] ^ (s += 0x9e3779b97f4a7c15ull);
  return difference != 0;
}

static unsigned rewrite(uint64_t page) {
  unsigned was_bad = bad(page);
  versions[page]++;
  fill(page);
  return was_bad;
}

static void answer(const char *line, char *out, size_t size) {
  unsigned long long n = 0, pages = 0, wrong = 0;
  if (!strncmp(line, "echo ", 5)) {
    snprintf(out, size, "OK %.900s\n", line + 5);
    return;
  }
  if (!strncmp(line, "disk-", 5)) {
    disk_answer(line, out, size);
    return;
  }
  if (!strcmp(line, "verify")) {
    for (; pages < cold + hot; pages++)
      wrong += bad(pages);
  } else if (!strcmp(line, "stat")) {
    pages = cold + hot;
    wrong = wrong_in_ticks;
  } else if (sscanf(line, "touch %llu", &n) == 1) {
    for (; pages < n; pages++)
      wrong += bad(next_random() % cold);
  } else if (sscanf(line, "dirty %llu", &n) == 1) {
    for (; pages < n; pages++)
      wrong += rewrite(next_random() % cold);
  } else {
    snprintf(out, size, "ERR unknown command\n");
    return;
  }
  snprintf(out, size, "OK pages=%llu bad=%llu\n", pages, wrong);
}

/* A line that came on one descriptor may come in pieces. */
struct input {
  char text[LINE];
  size_t length;
};

static int take(struct input *input, int in, int out) {
  ssize_t n = read(in, input->text + input->length, LINE - 1 - input->length);
  if (n <= 0)
    return -1;
  input->length += (size_t)n;
  input->text[input->length] = 0;
  char *end;
  while ((end = strpbrk(input->text, "\r\n"))) {
    *end = 0;
    if (end != input->text) {
      char reply[LINE];
      answer(input->text, reply, sizeof reply);
      if (write(out, reply, strlen(reply)) < 0)
        return -1;
    }
    input->length -= (size_t)(end + 1 - input->text);
    memmove(input->text, end + 1, input->length + 1);
  }
  if (input->length == LINE - 1)
    input->length = 0; /* no line is that long */
  return 0;
}

static int listen_on(uint16_t port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, CLIENTS)) {
    perror("workload: cannot listen");
    exit(1);
  }
  return fd;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 5 && argc != 8) {
    fprintf(stderr, "usage: workload COLD_MIB HOT_MIB TICK_MS PAGES_PER_TICK [FOLDER FILES FILE_KIB]\n");
    return 2;
  }
  cold = strtoull(argv[1], NULL, 10) * 256;
  hot = strtoull(argv[2], NULL, 10) * 256;
  int tick_ms = atoi(argv[3]), per_tick = atoi(argv[4]);
  memory = mmap(NULL, (cold + hot) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  versions = calloc(cold + hot, sizeof *versions);
  if (!cold || !hot || memory == MAP_FAILED || !versions) {
    fprintf(stderr, "workload: %s MiB cold and %s MiB hot do not fit\n", argv[1], argv[2]);
    return 1;
  }
  for (uint64_t page = 0; page < cold + hot; page++)
    fill(page);
  if (argc == 8 && !disk_begin(argv[5], (unsigned)atoi(argv[6]), (unsigned)atoi(argv[7]))) {
    fprintf(stderr, "workload: %s cannot hold %s files of %s KiB\n", argv[5], argv[6], argv[7]);
    return 1;
  }
  signal(SIGPIPE, SIG_IGN);
  static struct input inputs[CLIENTS + 2];
  struct pollfd fds[CLIENTS + 2] = {{0, POLLIN, 0}, {listen_on(7000), POLLIN, 0}};
  int count = 2, one = 1;
  printf("READY cold=%s hot=%s\n", argv[1], argv[2]);
  fflush(stdout);
  for (double next = now();;) {
    double wait = next - now();
    poll(fds, (nfds_t)count, wait > 0 ? (int)(wait * 1000) + 1 : 0);
    if (fds[0].revents & POLLIN)
      take(&inputs[0], 0, 1);
    for (int i = 2; i < count; i++)
      if (fds[i].revents && take(&inputs[i], fds[i].fd, fds[i].fd)) {
        close(fds[i].fd);
        fds[i] = fds[--count];
        inputs[i--] = inputs[count];
      }
    if (fds[1].revents & POLLIN) {
      int client = accept(fds[1].fd, NULL, NULL);
      setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      if (count < CLIENTS + 2) {
        inputs[count].length = 0;
        fds[count++] = (struct pollfd){client, POLLIN, 0};
      } else {
        close(client);
      }
    }
    if (now() >= next) {
      ticks++;
      for (int i = 0; i < per_tick; i++)
        wrong_in_ticks += rewrite(cold + next_random() % hot);
      disk_tick();
      next += tick_ms / 1000.0;
      if (next < now()) /* it was stopped for a while */
        next = now() + tick_ms / 1000.0;
    }
  }
}
