/*
 * Preloaded into a VMM on the server: when the VMM maps the file that is to become its guest's RAM,
 * the mapping is registered with userfaultfd, so that a page is absent until memtap installs it.
 *
 * Environment:
 *   JETTISON_RAM            the RAM file; the first shared mapping of it that is as long as it is, counts
 *   JETTISON_NOTE           where to say what was registered; written once, whole, by rename
 *   JETTISON_UFFD_FEATURES  userfaultfd features to ask for, instead of trying what is best
 *
 * The userfaultfd stays open here for as long as the VMM lives and is never read here. memtap takes
 * it by pidfd_getfd. If memtap dies, vCPUs wait; if nobody held it, they would read zeros.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/userfaultfd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's headers may be older than the kernel. */
#define FEATURE_WP (1u << 0)
#define FEATURE_MISSING_SHMEM (1u << 5)
#define FEATURE_THREAD_ID (1u << 8)
#define FEATURE_WP_SHMEM (1u << 12)
#define FEATURE_WP_UNPOPULATED (1u << 13)
#define FEATURE_WP_ASYNC (1u << 15)

#define FEATURES_TRACKING \
  (FEATURE_WP | FEATURE_MISSING_SHMEM | FEATURE_THREAD_ID | FEATURE_WP_SHMEM | \
   FEATURE_WP_UNPOPULATED | FEATURE_WP_ASYNC)
#define FEATURES_PLAIN (FEATURE_MISSING_SHMEM | FEATURE_THREAD_ID)

#ifndef USERFAULTFD_IOC_NEW
#define USERFAULTFD_IOC_NEW _IO(0xAA, 0x00)
#endif

/* Above what VMMs close when they clean up after themselves. */
#define LOWEST_FD 900

static bool armed;
static dev_t ram_device;
static ino_t ram_inode;
static uintptr_t ram_first, ram_end;

static void die(const char *format, ...) {
  va_list args;
  va_start(args, format);
  fputs("jettison-shim: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  _exit(97);
}

static int open_userfaultfd(void) {
  int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    int device = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);
    if (device >= 0) {
      fd = ioctl(device, USERFAULTFD_IOC_NEW, O_CLOEXEC | O_NONBLOCK);
      close(device);
    }
  }
  if (fd < 0)
    die("no right to use userfaultfd (%s): run as root, or `sysctl vm.unprivileged_userfaultfd=1`, "
        "or give this user /dev/userfaultfd", strerror(errno));
  int high = fcntl(fd, F_DUPFD_CLOEXEC, LOWEST_FD);
  if (high < 0)
    return fd;
  close(fd);
  return high;
}

/* A userfaultfd takes its features once: each attempt needs a new one. */
static int handshake(uint64_t features, uint64_t *granted) {
  int fd = open_userfaultfd();
  struct uffdio_api api = {.api = UFFD_API, .features = features};
  if (ioctl(fd, UFFDIO_API, &api) == 0) {
    *granted = features;
    return fd;
  }
  close(fd);
  return -1;
}

static int negotiate(uint64_t *granted) {
  const char *wanted = getenv("JETTISON_UFFD_FEATURES");
  int fd = -1;
  if (wanted) {
    fd = handshake(strtoull(wanted, NULL, 0), granted);
  } else {
    fd = handshake(FEATURES_TRACKING, granted);
    if (fd < 0)
      fd = handshake(FEATURES_PLAIN, granted);
  }
  if (fd < 0)
    die("this kernel's userfaultfd cannot page shared memory (%s): Linux 5.11 or later is needed",
        strerror(errno));
  return fd;
}

static unsigned long long start_time(void) {
  char stat[2048];
  FILE *file = fopen("/proc/self/stat", "r");
  size_t length = file ? fread(stat, 1, sizeof stat - 1, file) : 0;
  if (file)
    fclose(file);
  stat[length] = 0;
  char *at = strrchr(stat, ')'); /* the name before it may hold anything */
  for (int field = 2; at && field < 22; field++)
    at = strchr(at + 1, ' ');
  return at ? strtoull(at, NULL, 10) : 0;
}

static void write_note(const char *path, int fd, void *address, size_t length, off_t offset,
                       uint64_t features) {
  char temporary[4096];
  if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary)
    die("JETTISON_NOTE is too long");
  FILE *note = fopen(temporary, "we");
  if (!note)
    die("cannot write %s: %s", temporary, strerror(errno));
  fprintf(note,
          "jettison-shim 1\npid=%d\nstart=%llu\nuffd=%d\naddress=0x%" PRIxPTR "\nlength=%zu\n"
          "offset=%lld\nfeatures=0x%" PRIx64 "\n",
          (int)getpid(), start_time(), fd, (uintptr_t)address, length, (long long)offset, features);
  if (fclose(note) || rename(temporary, path))
    die("cannot write %s: %s", path, strerror(errno));
}

static void arm(void *address, size_t length, off_t offset, const char *note) {
  uint64_t features = 0;
  int fd = negotiate(&features);
  struct uffdio_register range = {
      .range = {(uintptr_t)address, length},
      .mode = UFFDIO_REGISTER_MODE_MISSING |
              (features & FEATURE_WP_ASYNC ? UFFDIO_REGISTER_MODE_WP : 0)};
  if (ioctl(fd, UFFDIO_REGISTER, &range))
    die("cannot register %zu bytes of guest memory with userfaultfd: %s (is the RAM file on tmpfs?)",
        length, strerror(errno));
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* pidfd_getfd by a JVM that is not our parent */
  write_note(note, fd, address, length, offset, features);
}

static void consider(void *address, size_t length, int flags, int fd, off_t offset) {
  const char *ram = getenv("JETTISON_RAM");
  const char *note = getenv("JETTISON_NOTE");
  struct stat mapped, wanted;
  if (armed || !ram || !note || fd < 0 || fstat(fd, &mapped) || stat(ram, &wanted) ||
      mapped.st_ino != wanted.st_ino || mapped.st_dev != wanted.st_dev ||
      length < (size_t)wanted.st_size)
    return;
  if (!(flags & MAP_SHARED))
    die("the VMM maps %s privately: its memory would be lost (use share=on)", ram);
  armed = true;
  ram_device = mapped.st_dev;
  ram_inode = mapped.st_ino;
  ram_first = (uintptr_t)address;
  ram_end = ram_first + length;
  arm(address, length, offset, note);
}

static void *map(const char *name, void *address, size_t length, int protection, int flags, int fd,
                 off_t offset) {
  static void *(*real)(void *, size_t, int, int, int, off_t);
  if (!real)
    real = (void *(*)(void *, size_t, int, int, int, off_t))dlsym(RTLD_NEXT, name);
  void *mapping = real(address, length, protection, flags, fd, offset);
  if (mapping != MAP_FAILED) {
    int kept = errno;
    consider(mapping, length, flags, fd, offset);
    errno = kept;
  }
  return mapping;
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  return map("mmap", address, length, protection, flags, fd, offset);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  return map("mmap64", address, length, protection, flags, fd, offset);
}

/*
 * A guest tells its balloon which pages it does not use, and the VMM gives them back. Here that would
 * make pages absent that were changed: they would be fetched again as they were. The guest may not
 * rely on what becomes of such a page, so that nothing needs to become of it.
 */
static bool is_ram_file(int fd) {
  struct stat file;
  return armed && fstat(fd, &file) == 0 && file.st_ino == ram_inode && file.st_dev == ram_device;
}

static int allocate(const char *name, int fd, int mode, off_t offset, off_t length) {
  static int (*real)(int, int, off_t, off_t);
  if ((mode & FALLOC_FL_PUNCH_HOLE) && is_ram_file(fd))
    return 0;
  if (!real)
    real = (int (*)(int, int, off_t, off_t))dlsym(RTLD_NEXT, name);
  return real(fd, mode, offset, length);
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
  return allocate("fallocate", fd, mode, offset, length);
}

int fallocate64(int fd, int mode, off_t offset, off_t length) {
  return allocate("fallocate64", fd, mode, offset, length);
}

int madvise(void *address, size_t length, int advice) {
  static int (*real)(void *, size_t, int);
  bool discards = advice == MADV_DONTNEED || advice == MADV_REMOVE || advice == MADV_FREE;
  if (armed && discards && (uintptr_t)address >= ram_first && (uintptr_t)address < ram_end)
    return 0;
  if (!real)
    real = (int (*)(void *, size_t, int))dlsym(RTLD_NEXT, "madvise");
  return real(address, length, advice);
}
