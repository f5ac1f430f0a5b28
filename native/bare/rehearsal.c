/*
 * The guest of rehearsed moves, without an operating system: PAGES pages of which it reads some and
 * rewrites others a hundred times a second. In between it halts, so that it costs next to nothing.
 */
typedef unsigned int u32;
typedef unsigned short u16;
typedef unsigned char u8;

enum { PAGES = 1024, WORDS = 1024, READS = 8, WRITES = 16, TICKS_PER_SECOND = 100 };
enum { PIC = 0x20, SLAVE_PIC = 0xa0, PIT = 0x40, PIT_HZ = 1193182, TIMER_VECTOR = 0x20 };

static u32 *const first_page = (u32 *)(16u << 20);

struct gate {
  u16 low, selector;
  u8 zero, kind;
  u16 high;
} __attribute__((packed));

static struct gate gates[TIMER_VECTOR + 1];

static inline void out(u8 value, u16 port) {
  __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

/* Acknowledges the tick; that the guest no longer halts is all it is for. */
__attribute__((naked)) static void tick(void) {
  __asm__ volatile("push %eax\n mov $0x20, %al\n out %al, $0x20\n pop %eax\n iret");
}

static void begin_ticks(void) {
  u16 code;
  __asm__ volatile("mov %%cs, %0" : "=r"(code));
  u32 handler = (u32)tick;
  gates[TIMER_VECTOR] = (struct gate){(u16)handler, code, 0, 0x8e, (u16)(handler >> 16)};
  struct {
    u16 limit;
    u32 base;
  } __attribute__((packed)) table = {sizeof gates - 1, (u32)gates};
  __asm__ volatile("lidt %0" : : "m"(table));
  for (u32 i = 0; i < 2; i++) {
    u16 pic = i ? SLAVE_PIC : PIC;
    out(0x11, pic); /* four words follow */
    out((u8)(TIMER_VECTOR + 8 * i), (u16)(pic + 1));
    out(i ? 2 : 4, (u16)(pic + 1)); /* where the one hangs at the other */
    out(0x01, (u16)(pic + 1));
    out(i ? 0xff : 0xfe, (u16)(pic + 1)); /* the timer alone */
  }
  u32 divisor = PIT_HZ / TICKS_PER_SECOND;
  out(0x34, PIT + 3); /* a rate, low byte first */
  out((u8)divisor, PIT);
  out((u8)(divisor >> 8), PIT);
}

static void fill(u32 page, u32 seed) {
  volatile u32 *words = first_page + page * WORDS;
  for (u32 i = 0; i < WORDS; i++) {
    seed = seed * 1664525 + 1013904223;
    words[i] = seed;
  }
}

void guest_main(void) {
  for (u32 page = 0; page < PAGES; page++) fill(page, page);
  begin_ticks();
  for (u32 ticks = 0, read = 0, sum = 0;; ticks++) {
    for (u32 i = 0; i < READS; i++) sum += *(volatile u32 *)(first_page + read++ % PAGES * WORDS);
    for (u32 i = 0; i < WRITES; i++) fill((ticks * WRITES + i) % PAGES, sum + ticks);
    __asm__ volatile("sti\n hlt\n cli");
  }
}
