/*
 * The emulated guest's disk. At home a raw file. On a server an NBD export (fixed newstyle, simple
 * replies, one request at a time) behind a Unix socket: whoever serves it may end and start again, so
 * a request that was not answered is repeated on a new connection for as long as a page is waited
 * for (Bila et al. 2015, section 6.2: 3 hours).
 *
 *   server  NBDMAGIC IHAVEOPT flags(16)             client  flags(32)
 *   client  IHAVEOPT GO(32) length(32) name infos   server  magic GO(32) type(32) length(32) ...
 *   client  magic flags(16) type(16) handle(64) offset(64) length(32) [data]
 *   server  magic error(32) handle(64) [data]
 * A server that does not know GO is asked with EXPORT_NAME.
 */
#define _GNU_SOURCE
#include "disk.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_SECONDS (3 * 60 * 60)
#define RETRY_NANOS 50000000l

#define NBDMAGIC 0x4e42444d41474943ull
#define IHAVEOPT 0x49484156454f5054ull
#define OPTION_REPLY 0x3e889045565a9ull
#define REQUEST 0x25609513u
#define REPLY 0x67446698u
#define NAME_MOST 256
#define REPLY_MOST 4096

enum { FIXED_NEWSTYLE = 1, NO_ZEROES = 2 };            /* flags of both sides */
enum { EXPORT_NAME = 1, GO = 7 };                      /* options */
enum { ACK = 1, INFO = 3, UNSUPPORTED = 1 | 1u << 31 }; /* replies to an option */
enum { SEND_FLUSH = 4 };                               /* flags of an export */
enum { READ = 0, WRITE = 1, DISCONNECT = 2, FLUSH = 3 };

struct __attribute__((packed)) greeting { uint64_t magic, have; uint16_t flags; };
struct __attribute__((packed)) option { uint64_t magic; uint32_t option, length; };
struct __attribute__((packed)) option_reply { uint64_t magic; uint32_t option, type, length; };
struct __attribute__((packed)) export { uint64_t size; uint16_t flags; };
struct __attribute__((packed)) request {
  uint32_t magic;
  uint16_t flags, type;
  uint64_t handle, offset;
  uint32_t length;
};
struct __attribute__((packed)) reply { uint32_t magic, error; uint64_t handle; };

static const char *file_path, *socket_path, *export_name;
static int disk = -1; /* the file, or the connection */
static uint64_t size, handles;
static uint16_t export_flags;
static bool answered; /* the connection was of use: it is worth another at once */

void disk_is_file(const char *path) { file_path = path; }

void disk_is_export(const char *path, const char *name) {
  socket_path = path;
  export_name = name;
}

bool disk_exists(void) { return file_path || socket_path; }

uint64_t disk_bytes(void) { return size; }

static void drop(void) {
  if (disk >= 0)
    close(disk);
  disk = -1;
}

static bool put(const void *from, size_t length) {
  const char *bytes = from;
  while (length) {
    ssize_t n = send(disk, bytes, length, MSG_NOSIGNAL);
    if (n <= 0)
      return false;
    bytes += n;
    length -= (size_t)n;
  }
  return true;
}

static bool get(void *into, size_t length) {
  char *bytes = into;
  while (length) {
    ssize_t n = recv(disk, bytes, length, 0);
    if (n <= 0)
      return false;
    bytes += n;
    length -= (size_t)n;
  }
  return true;
}

static void exported(const struct export *export) {
  size = be64toh(export->size);
  export_flags = be16toh(export->flags);
}

static bool ask_option(uint32_t option, const void *data, uint32_t length) {
  struct option head = {htobe64(IHAVEOPT), htobe32(option), htobe32(length)};
  return put(&head, sizeof head) && put(data, length);
}

static bool by_export_name(bool zeroes) {
  struct export export;
  char ignored[124];
  if (!ask_option(EXPORT_NAME, export_name, (uint32_t)strlen(export_name)) ||
      !get(&export, sizeof export) || (zeroes && !get(ignored, sizeof ignored)))
    return false;
  exported(&export);
  return true;
}

static bool by_go(bool zeroes) {
  char data[4 + NAME_MOST + 2] = "", answer[REPLY_MOST];
  uint32_t length = (uint32_t)strlen(export_name), big = htobe32(length);
  if (length > NAME_MOST)
    return false;
  memcpy(data, &big, sizeof big);
  memcpy(data + sizeof big, export_name, length);
  if (!ask_option(GO, data, 4 + length + 2))
    return false;
  for (;;) {
    struct option_reply head;
    if (!get(&head, sizeof head) || be64toh(head.magic) != OPTION_REPLY)
      return false;
    uint32_t type = be32toh(head.type), more = be32toh(head.length);
    if (more > sizeof answer || !get(answer, more))
      return false;
    if (type == ACK)
      return true;
    if (type == UNSUPPORTED)
      return by_export_name(zeroes);
    if (type != INFO)
      return false;
    uint16_t kind;
    struct export export;
    if (more == sizeof kind + sizeof export) { /* what else there is begins with another number */
      memcpy(&kind, answer, sizeof kind);
      memcpy(&export, answer + sizeof kind, sizeof export);
      if (kind == 0)
        exported(&export);
    }
  }
}

static bool negotiate(void) {
  struct greeting greeting;
  if (!get(&greeting, sizeof greeting) || be64toh(greeting.magic) != NBDMAGIC ||
      be64toh(greeting.have) != IHAVEOPT)
    return false;
  uint32_t flags = be16toh(greeting.flags) & (FIXED_NEWSTYLE | NO_ZEROES), big = htobe32(flags);
  bool zeroes = !(flags & NO_ZEROES);
  if (!put(&big, sizeof big))
    return false;
  return flags & FIXED_NEWSTYLE ? by_go(zeroes) : by_export_name(zeroes);
}

static bool connected(void) {
  if (disk >= 0)
    return true;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, socket_path, sizeof address.sun_path - 1);
  disk = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (disk >= 0 && !connect(disk, (struct sockaddr *)&address, sizeof address) && negotiate())
    return true;
  drop();
  return false;
}

/* One request and its answer; false if the connection is of no more use. */
static bool once(uint16_t type, uint64_t offset, void *bytes, uint32_t length, uint32_t *error) {
  struct request request = {.magic = htobe32(REQUEST), .type = htobe16(type),
                            .handle = htobe64(++handles), .offset = htobe64(offset),
                            .length = htobe32(length)};
  struct reply reply;
  if (type == FLUSH && !(export_flags & SEND_FLUSH))
    return true; /* it has nothing to flush */
  if (!put(&request, sizeof request) || (type == WRITE && !put(bytes, length)) ||
      !get(&reply, sizeof reply) || be32toh(reply.magic) != REPLY || reply.handle != request.handle)
    return false;
  *error = be32toh(reply.error);
  return *error || type != READ || get(bytes, length);
}

static bool transact(uint16_t type, uint64_t offset, void *bytes, uint32_t length) {
  time_t deadline = time(NULL) + PATIENCE_SECONDS;
  bool told = false;
  for (;;) {
    uint32_t error = 0;
    if (connected() && once(type, offset, bytes, length, &error)) {
      answered = true;
      if (told)
        fprintf(stderr, "jettison-emulator: the disk is back\n");
      errno = (int)error;
      return !error;
    }
    drop();
    if (answered) {
      answered = false;
      continue;
    }
    if (!told)
      fprintf(stderr, "jettison-emulator: the disk is gone: waiting for %s\n", socket_path);
    told = true;
    if (time(NULL) > deadline) {
      errno = ETIMEDOUT;
      return false;
    }
    nanosleep(&(struct timespec){0, RETRY_NANOS}, NULL);
  }
}

bool disk_open(void) {
  struct stat stat;
  drop();
  if (!file_path)
    return true;
  disk = open(file_path, O_RDWR | O_CLOEXEC);
  if (disk < 0 || fstat(disk, &stat))
    return false;
  size = (uint64_t)stat.st_size;
  return true;
}

bool disk_read(uint64_t offset, void *bytes, uint32_t length) {
  if (!file_path)
    return transact(READ, offset, bytes, length);
  return pread(disk, bytes, length, (off_t)offset) == (ssize_t)length;
}

bool disk_write(uint64_t offset, const void *bytes, uint32_t length) {
  if (!file_path)
    return transact(WRITE, offset, (void *)bytes, length);
  return pwrite(disk, bytes, length, (off_t)offset) == (ssize_t)length;
}

bool disk_flush(void) {
  return file_path ? !fdatasync(disk) : transact(FLUSH, 0, NULL, 0);
}

void disk_close(void) {
  struct request end = {.magic = htobe32(REQUEST), .type = htobe16(DISCONNECT)};
  if (!file_path && disk >= 0)
    put(&end, sizeof end);
  drop();
}
