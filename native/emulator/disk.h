/* The emulated guest's disk: a raw file, or an NBD export that may go away and come back. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which one; neither path is copied. Nothing is opened yet. */
void disk_is_file(const char *path);
void disk_is_export(const char *socket, const char *name);
bool disk_exists(void);

/* Opens a file anew; an export is connected when it is used. False with errno. */
bool disk_open(void);
uint64_t disk_bytes(void);

/* False if it failed for good; an export that is gone is waited for. */
bool disk_read(uint64_t offset, void *bytes, uint32_t length);
bool disk_write(uint64_t offset, const void *bytes, uint32_t length);
bool disk_flush(void);

/* Lets go of it, so that somebody else can change it. */
void disk_close(void);
