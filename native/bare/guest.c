/*
 * A guest without an operating system, for where a hypervisor's accelerator runs such a guest but no
 * Linux. Such an accelerator may carry out real-mode and unpaged code one instruction at a time: a
 * page is tested by a few words of it. It fills PAGES pages with contents that follow from their number and a version, and obeys
 * lines on the first serial port as the emulated guest does on its socket:
 *
 *   verify    -> OK pages=N bad=N    every page is what it should be
 *   touch N   -> OK pages=N bad=N    reads the first N pages
 *   dirty N   -> OK pages=N bad=0    gives the first N pages a new version
 */
typedef unsigned int u32;
typedef unsigned char u8;

enum { PORT = 0x3f8, PAGES = 64, WORDS = 1024, STRIDE = 512, LINE = 64 };

static u32 *const first_page = (u32 *)(16u << 20);
static u32 versions[PAGES];

static inline void out(u8 value, unsigned short port) {
  __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline u8 in(unsigned short port) {
  u8 value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

static void say(const char *text) {
  for (; *text; text++) {
    while (!(in(PORT + 5) & 0x20))
      ;
    out((u8)*text, PORT);
  }
}

static void say_number(u32 number) {
  char digits[11];
  char *at = digits + sizeof digits - 1;
  *at = 0;
  do {
    *--at = (char)('0' + number % 10);
    number /= 10;
  } while (number);
  say(at);
}

static u32 word(u32 page, u32 index) {
  return (page * WORDS + index) * 2654435761u ^ versions[page] * 40503u;
}

static void fill(u32 page) {
  volatile u32 *words = first_page + page * WORDS;
  for (u32 i = 0; i < WORDS; i += STRIDE) words[i] = word(page, i);
}

static u32 count_bad(u32 pages) {
  u32 bad = 0;
  for (u32 page = 0; page < pages; page++) {
    volatile u32 *words = first_page + page * WORDS;
    for (u32 i = 0; i < WORDS; i += STRIDE) {
      if (words[i] != word(page, i)) {
        bad++;
        break;
      }
    }
  }
  return bad;
}

static void answer(u32 pages, u32 bad) {
  say("OK pages=");
  say_number(pages);
  say(" bad=");
  say_number(bad);
  say("\n");
}

static void obey(const char *line) {
  char command = line[0];
  u32 number = 0;
  while (*line && *line != ' ') line++;
  while (*line == ' ') line++;
  for (; *line >= '0' && *line <= '9'; line++) number = number * 10 + (u32)(*line - '0');
  if (number > PAGES) number = PAGES;
  if (command == 'v') {
    answer(PAGES, count_bad(PAGES));
  } else if (command == 't') {
    answer(number, count_bad(number));
  } else if (command == 'd') {
    for (u32 page = 0; page < number; page++) {
      versions[page]++;
      fill(page);
    }
    answer(number, 0);
  } else {
    say("ERR verify, touch N or dirty N\n");
  }
}

void guest_main(void) {
  out(0x00, PORT + 1); /* polled: no interrupts */
  out(0x03, PORT + 3); /* 8 bits, no parity */
  out(0x07, PORT + 2); /* FIFO, emptied */
  for (u32 page = 0; page < PAGES; page++) fill(page);
  say("READY\n");
  char line[LINE];
  u32 length = 0;
  for (;;) {
    if (!(in(PORT + 5) & 1)) {
      for (u32 i = 0; i < 1000; i++) __asm__ volatile("pause");
      continue;
    }
    char c = (char)in(PORT);
    if (c == '\n') {
      line[length] = 0;
      length = 0;
      obey(line);
    } else if (length < LINE - 1) {
      line[length++] = c;
    }
  }
}
