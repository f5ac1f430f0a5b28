/*
 * The keeper of the lab's emulated PC: what of a PC lives on while it sleeps. Asleep means that no process of the
 * PC runs and that its cable carries nothing, while its network card listens for the magic packet.
 *
 *   jettison-keeper AGENT CARD MAC    keeps the PC this process belongs to; speaks on stdin and stdout
 *   jettison-keeper thaw              frees what a keeper that was killed has left frozen
 *
 * The PC is a network namespace: its processes are all those in it. AGENT is the process that alone runs after a
 * selective resume, CARD the interface whose cable it is, MAC the address its card listens for.
 *
 *   keeper: ready PID                                     SIGUSR1 to PID presses a key
 *   agent:  sleep SUSPEND SELECTIVE FULL AT-MOST          milliseconds
 *   keeper: woke network|user|alarm selective|full ASLEEP FRAME
 *                                                         only the agent runs; ASLEEP in milliseconds, FRAME in
 *                                                         hexadecimal digits, or -. Without having slept, if a key
 *                                                         was pressed since the PC woke selectively
 *   agent:  resume LATER                                  milliseconds
 *   keeper: resumed                                       all runs
 *   keeper: refused REASON                                instead of any answer; all runs
 *
 * The order of things matters. The card listens before the cable goes dead, so that no packet is lost between; the
 * cable goes dead before processes are frozen, since the kernel of a frozen process still acknowledges TCP. The cable
 * is dead as long as two programs of the kernel are attached to it (tcx links), which go with the process that holds
 * them.
 *
 * A PC must never be lost. Two processes keep it: the worker, and a guardian that frees the PC if the worker dies.
 * If the guardian dies the worker frees the PC and ends; so it does when the agent is gone. Should both be killed at
 * once, the processes stay frozen in a control group whose lock is free, which is how the next keeper or `thaw`
 * knows it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PREFIX "jettison-pc-"
#define MOUNT "/sys" /* of this process alone */
#define FREEZE_MILLIS 5000
#define MAC_BYTES 6
#define PATTERN_BYTES (MAC_BYTES * 17)
#define CONTEXT_BYTES (PATTERN_BYTES + 16)
#define FRAME_BYTES 2048
#define PATH 128

/* Linux 6.6, and not in the headers of every distribution */
#define TCX_INGRESS 46
#define TCX_EGRESS 47
#define TCX_DROP 2

enum { AGENT, REST, GROUPS };
static const char *const NAMES[GROUPS] = {"agent", "rest"};

static pid_t agent;
static pid_t guardian;
static char own[32];   /* name of the PC's control group; the working folder is the one it is in */
static int lock = -1;  /* says that somebody keeps it */
static int signals = -1;
static bool partial; /* the rest is frozen */
static bool key;     /* was pressed */
static int card;
static uint8_t mac[MAC_BYTES];

static void say(const char *format, ...) {
  va_list words;
  va_start(words, format);
  vprintf(format, words);
  va_end(words);
  fflush(stdout);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* Files */

static bool put(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool done = write(fd, text, strlen(text)) >= 0;
  int error = errno;
  close(fd);
  errno = error;
  return done;
}

static bool get(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t length = read(fd, text, size - 1);
  close(fd);
  text[length > 0 ? length : 0] = 0;
  return length >= 0;
}

/* Control groups */

static const char *const HOME = "cgroup.procs";

static void file(char path[PATH], const char *pc, int group, const char *name) {
  snprintf(path, PATH, "%.40s/%s/%s", pc, NAMES[group], name);
}

static bool freeze(const char *pc, int group, bool frozen) {
  char path[PATH];
  file(path, pc, group, "cgroup.freeze");
  return put(path, frozen ? "1" : "0");
}

static bool move(const char *procs, pid_t pid) {
  char number[16];
  snprintf(number, sizeof number, "%d", pid);
  return put(procs, number);
}

static void give_back(const char *procs) {
  bool moved = true;
  while (moved) {
    moved = false;
    FILE *file = fopen(procs, "re");
    if (!file) break;
    int pid;
    while (fscanf(file, "%d", &pid) == 1) moved |= move(HOME, pid);
    fclose(file);
  }
}

/* Thaws the processes of a PC, gives them back and removes its control groups. */
static void set_free(const char *pc) {
  char path[PATH];
  int64_t deadline = now() + FREEZE_MILLIS;
  for (int group = 0; group < GROUPS; group++) {
    freeze(pc, group, false);
    bool busy = true; /* a process that is just ending can neither be moved nor is it gone */
    while (busy) {
      file(path, pc, group, "cgroup.procs");
      give_back(path);
      file(path, pc, group, "");
      busy = rmdir(path) && errno == EBUSY && now() < deadline;
      if (busy) poll(NULL, 0, 1);
    }
  }
  rmdir(pc);
}

/* Frees the PCs that nobody keeps. */
static void sweep(void) {
  DIR *groups = opendir(".");
  if (!groups) return;
  struct dirent *entry;
  while ((entry = readdir(groups))) {
    if (strncmp(entry->d_name, PREFIX, strlen(PREFIX))) continue;
    int fd = openat(dirfd(groups), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) set_free(entry->d_name);
    if (fd >= 0) close(fd);
  }
  closedir(groups);
}

/* Makes the control group this process is in, outside of any PC's, the working folder. */
static bool enter_groups(void) {
  /* whatever is mounted where in this namespace: `ip netns exec` hides what the host has */
  if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
      mount("cgroup2", MOUNT, "cgroup2", 0, NULL))
    return false;
  char text[PATH_MAX];
  FILE *groups = fopen("/proc/self/cgroup", "re");
  if (!groups) return false;
  bool found = false;
  while (!found && fgets(text, sizeof text, groups)) found = !strncmp(text, "0::", 3);
  fclose(groups);
  if (!found) return false;
  text[strcspn(text, "\n")] = 0;
  char *pc = strstr(text, "/" PREFIX);
  if (pc) *pc = 0;
  return !chdir(MOUNT) && (!strcmp(text, "0::/") || !text[3] || !chdir(text + 4));
}

static bool make_groups(void) {
  char path[PATH];
  snprintf(own, sizeof own, PREFIX "%d", getpid());
  if (mkdir(own, 0755)) return false;
  lock = open(own, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB)) return false;
  for (int group = 0; group < GROUPS; group++) {
    file(path, own, group, "");
    if (mkdir(path, 0755)) return false;
    file(path, own, group, "cgroup.freeze");
    if (access(path, W_OK)) return false;
  }
  return true;
}

/* The PC's processes */

static bool is_ours(const char *namespace) {
  struct stat ours, theirs;
  return !stat("/proc/self/ns/net", &ours) && !stat(namespace, &theirs) && ours.st_ino == theirs.st_ino &&
         ours.st_dev == theirs.st_dev;
}

static bool same_namespace(const char *pid) {
  char path[PATH];
  snprintf(path, sizeof path, "/proc/%.20s/ns/net", pid);
  return is_ours(path);
}

/* Whether this host was made by `ip netns`, and so is not the machine itself. In a container the first process need not
 * be in the machine's namespace, nor in that of all others. */
static bool is_named(void) {
  DIR *names = opendir("/run/netns");
  bool found = false;
  struct dirent *entry;
  while (names && !found && (entry = readdir(names))) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/run/netns/%s", entry->d_name);
    found = is_ours(path);
  }
  if (names) closedir(names);
  return found;
}

static bool is_held(pid_t pid) {
  char path[64], text[4 * PATH_MAX], ours[sizeof own + 2];
  snprintf(path, sizeof path, "/proc/%d/cgroup", pid);
  snprintf(ours, sizeof ours, "/%s/", own);
  return get(path, text, sizeof text) && strstr(text, ours);
}

/* Puts all of the PC's processes into its control groups; returns how many were not yet, or -1. */
static int gather(void) {
  DIR *processes = opendir("/proc");
  if (!processes) return -1;
  int fresh = 0;
  char path[PATH];
  struct dirent *entry;
  while (fresh >= 0 && (entry = readdir(processes))) {
    pid_t pid = atoi(entry->d_name);
    if (pid <= 0 || pid == getpid() || pid == guardian || !same_namespace(entry->d_name) || is_held(pid)) continue;
    file(path, own, pid == agent ? AGENT : REST, "cgroup.procs");
    if (move(path, pid)) fresh++;
    else if (kill(pid, 0) == 0 && errno != EINVAL && errno != ESRCH) fresh = -1; /* else it ended meanwhile */
  }
  closedir(processes);
  return fresh;
}

static bool is_frozen(int group) {
  char path[PATH], text[256];
  file(path, own, group, "cgroup.events");
  return get(path, text, sizeof text) && strstr(text, "frozen 1");
}

/* Returns when nothing in the group runs; an empty one is frozen as well. */
static bool await_frozen(int group, int64_t deadline) {
  char path[PATH];
  file(path, own, group, "cgroup.events");
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  while (!is_frozen(group) && now() < deadline) {
    struct pollfd change = {.fd = fd, .events = POLLPRI};
    poll(&change, 1, 10);
  }
  close(fd);
  return is_frozen(group);
}

static const char *freeze_all(void) {
  int64_t deadline = now() + FREEZE_MILLIS;
  int fresh;
  do {
    /* who is put into a frozen group freezes, and whose children are born into it */
    fresh = gather();
    if (fresh < 0) return "a process of the PC cannot be put into its control group";
    for (int group = 0; group < GROUPS; group++)
      if (!freeze(own, group, true)) return "the control group cannot be frozen";
    for (int group = 0; group < GROUPS; group++)
      if (!await_frozen(group, deadline)) return "a process of the PC does not freeze";
  } while (fresh > 0 && now() < deadline);
  return fresh ? "new processes come faster than they can be frozen" : NULL;
}

/* The cable and the card */

static int program(void) {
  struct bpf_insn drop[] = {
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = TCX_DROP},
      {.code = BPF_JMP | BPF_EXIT},
  };
  union bpf_attr attributes = {
      .prog_type = BPF_PROG_TYPE_SCHED_CLS,
      .insns = (uintptr_t)drop,
      .insn_cnt = sizeof drop / sizeof *drop,
      .license = (uintptr_t) "Apache-2.0",
  };
  return syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
}

static int attach(int drop, int direction) {
  union bpf_attr attributes = {
      .link_create = {.prog_fd = drop, .target_ifindex = card, .attach_type = direction},
  };
  return syscall(SYS_bpf, BPF_LINK_CREATE, &attributes, sizeof attributes);
}

struct cable {
  int links[2];
};

static void mend(struct cable *cable) {
  for (int i = 0; i < 2; i++) {
    if (cable->links[i] >= 0) close(cable->links[i]);
    cable->links[i] = -1;
  }
}

static bool cut(struct cable *cable) {
  int drop = program();
  cable->links[0] = drop < 0 ? -1 : attach(drop, TCX_INGRESS);
  cable->links[1] = drop < 0 ? -1 : attach(drop, TCX_EGRESS);
  int error = errno;
  if (drop >= 0) close(drop);
  if (cable->links[0] >= 0 && cable->links[1] >= 0) return true;
  mend(cable);
  errno = error;
  return false;
}

/* Sees every frame, since it looks before the programs at the cable do. */
static int listen_at_card(void) {
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = card};
  if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address)) {
    close(fd);
    return -1;
  }
  return fd;
}

struct frame {
  size_t length; /* 0: none yet */
  bool context;
  uint8_t bytes[FRAME_BYTES];
};

/* Whether it holds the magic packet for this card, anywhere, as cards look for it. */
static bool is_magic(struct frame *frame) {
  static const uint8_t magic[2][8] = {{0, 0, 0, 0, 'S', 'R', 'M', 'P'}, {'S', 'R', 'M', 'P', 0, 0, 0, 0}};
  uint8_t pattern[PATTERN_BYTES];
  memset(pattern, 0xff, MAC_BYTES);
  for (int i = MAC_BYTES; i < PATTERN_BYTES; i += MAC_BYTES) memcpy(pattern + i, mac, MAC_BYTES);
  uint8_t *at = memmem(frame->bytes, frame->length, pattern, PATTERN_BYTES);
  if (!at) return false;
  size_t rest = frame->bytes + frame->length - at;
  frame->context = rest >= CONTEXT_BYTES && (!memcmp(at + PATTERN_BYTES, magic[0], sizeof magic[0]) ||
                                             !memcmp(at + PATTERN_BYTES, magic[1], sizeof magic[1]));
  return true;
}

/* Takes what the card has seen; keeps the first magic packet. */
static void take(int nic, struct frame *kept) {
  struct frame frame;
  struct sockaddr_ll from;
  while (true) {
    socklen_t size = sizeof from;
    ssize_t length = recvfrom(nic, frame.bytes, sizeof frame.bytes, 0, (struct sockaddr *)&from, &size);
    if (length < 0) return;
    frame.length = length;
    if (!kept->length && from.sll_pkttype != PACKET_OUTGOING && is_magic(&frame)) *kept = frame;
  }
}

/* Sleep */

struct events {
  struct frame packet;
  bool end; /* the agent is gone, or this process is to end */
};

static void take_signals(struct events *events) {
  struct signalfd_siginfo signal;
  while (read(signals, &signal, sizeof signal) == sizeof signal) {
    if (signal.ssi_signo == SIGUSR1) key = true;
    else events->end = true;
  }
}

/* Waits until a moment or until all is over; with `wake`, also until something wakes the PC. */
static void wait_until(int64_t moment, bool wake, int nic, struct events *events) {
  while (!events->end && !(wake && (key || events->packet.length))) {
    int64_t left = moment - now();
    if (left <= 0) return;
    struct pollfd fds[] = {
        {.fd = nic, .events = POLLIN}, {.fd = signals, .events = POLLIN}, {.fd = STDIN_FILENO, .events = 0}};
    poll(fds, 3, left > INT_MAX ? INT_MAX : (int)left);
    if (nic >= 0) take(nic, &events->packet);
    take_signals(events);
    events->end |= fds[2].revents & (POLLHUP | POLLERR);
  }
}

/* Returns false if all is over. */
static bool sleep_once(int64_t suspend, int64_t selective, int64_t full, int64_t at_most) {
  struct cable cable = {{-1, -1}};
  struct events events = {.end = false};
  int64_t began = now();
  take_signals(&events);
  if (!partial) key = false; /* pressed while all ran */
  if (key) {
    key = false;
    say("woke user selective 0 -\n");
    return !events.end;
  }
  int nic = listen_at_card();
  const char *reason = nic < 0       ? "the network card cannot be listened to"
                       : !cut(&cable) ? "the cable cannot be cut (a kernel before 6.6, or no CAP_BPF)"
                                      : freeze_all();
  if (reason) {
    mend(&cable);
    for (int group = 0; group < GROUPS; group++) freeze(own, group, false);
    if (nic >= 0) close(nic);
    partial = false;
    say("refused %s\n", reason);
    return true;
  }

  wait_until(began + suspend, false, nic, &events);
  int64_t asleep = now();
  wait_until(began + at_most, true, nic, &events);
  int64_t woke = now();
  bool alone = events.packet.length && events.packet.context && !key;
  const char *why = key ? "user" : events.packet.length ? "network" : "alarm";
  size_t length = key ? 0 : events.packet.length;
  key = false;
  wait_until(woke + (alone ? selective : full), false, nic, &events);

  mend(&cable);
  freeze(own, AGENT, false);
  close(nic);
  partial = true;
  if (events.end) return false;
  say("woke %s %s %lld ", why, alone ? "selective" : "full", (long long)(woke - asleep));
  for (size_t i = 0; i < length; i++) printf("%02x", events.packet.bytes[i]);
  say(length ? "\n" : "-\n");
  return true;
}

static bool resume(int64_t later) {
  struct events events = {.end = false};
  wait_until(now() + later, false, -1, &events);
  freeze(own, REST, false);
  partial = false;
  if (events.end) return false;
  say("resumed\n");
  return true;
}

static bool obey(const char *line) {
  long long a, b, c, d;
  if (sscanf(line, "sleep %lld %lld %lld %lld", &a, &b, &c, &d) == 4) return sleep_once(a, b, c, d);
  if (sscanf(line, "resume %lld", &a) == 1) return resume(a);
  say("refused there is no such command\n");
  return true;
}

static void work(void) {
  char line[256];
  size_t length = 0;
  struct events events = {.end = false};
  while (!events.end) {
    struct pollfd fds[] = {{.fd = signals, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    poll(fds, 2, -1);
    take_signals(&events);
    if (!fds[1].revents) continue;
    ssize_t more = read(STDIN_FILENO, line + length, sizeof line - 1 - length);
    if (more <= 0) return;
    length += more;
    line[length] = 0;
    if (line[length - 1] != '\n') {
      if (length == sizeof line - 1) return;
      continue;
    }
    length = 0;
    if (!obey(line)) return;
  }
}

static void refuse(const char *reason, bool system) {
  say("refused %s%s%s\n", reason, system ? ": " : "", system ? strerror(errno) : "");
  exit(1);
}

static void prepare(char **words) {
  agent = atoi(words[1]);
  card = if_nametoindex(words[2]);
  unsigned m[MAC_BYTES];
  if (!card) refuse("there is no such network card here", false);
  if (sscanf(words[3], "%x:%x:%x:%x:%x:%x", m, m + 1, m + 2, m + 3, m + 4, m + 5) != MAC_BYTES)
    refuse("that is no hardware address", false);
  for (int i = 0; i < MAC_BYTES; i++) mac[i] = m[i];
  if (!is_named())
    refuse("this host is no network namespace of `ip netns`: to freeze it would be to freeze the whole machine", false);
  char pid[16];
  snprintf(pid, sizeof pid, "%d", agent);
  if (agent <= 0 || !same_namespace(pid)) refuse("the agent is not a process of this host", false);
  if (!enter_groups()) refuse("control groups (version 2) cannot be mounted", true);
  sweep();
  if (!move(HOME, getpid())) refuse("the keeper cannot leave the PC's control group", true);
  if (!make_groups()) {
    int error = errno;
    set_free(own);
    errno = error;
    refuse("the control group cannot be made", true);
  }
}

int main(int count, char **words) {
  if (count == 2 && !strcmp(words[1], "thaw")) {
    if (!enter_groups()) {
      perror("jettison-keeper: control groups (version 2) cannot be mounted");
      return 1;
    }
    sweep();
    return 0;
  }
  if (count != 4) {
    fprintf(stderr, "usage: jettison-keeper AGENT CARD MAC | jettison-keeper thaw\n");
    return 2;
  }
  setsid(); /* Ctrl-C is for others */
  prepare(words);
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGUSR1);
  sigaddset(&watched, SIGTERM);
  sigaddset(&watched, SIGPIPE);
  sigprocmask(SIG_BLOCK, &watched, NULL);
  guardian = getpid();
  pid_t worker = fork();
  if (worker < 0) {
    set_free(own);
    refuse("no second process can be made", true);
  }
  if (worker > 0) {
    /* a signal that would end this one comes to the worker by the death of its parent */
    sigprocmask(SIG_UNBLOCK, &watched, NULL);
    waitpid(worker, NULL, 0);
    set_free(own); /* for a worker that was killed; else nothing is left */
    return 0;
  }
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
  if (getppid() == guardian) {
    say("ready %d\n", getpid());
    work();
  }
  set_free(own);
  return 0;
}
