/* Files on the guest's disk whose every block can be verified. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of the workload. */
uint64_t mix(uint64_t x);

/* Makes files of so many KiB in a folder; false if it cannot. */
bool disk_begin(const char *folder, unsigned files, unsigned kib);

/* Changes some blocks, if it has begun. */
void disk_tick(void);

/* Answers a command that begins with disk-. */
void disk_answer(const char *line, char *out, size_t size);
