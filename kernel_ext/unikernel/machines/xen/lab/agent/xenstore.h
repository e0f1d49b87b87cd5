/* As much of a xenstore client as the agent needs: to wait for a value. */
#ifndef XENSTORE_H
#define XENSTORE_H

#include <stdbool.h>
#include <stddef.h>

/* Waits until `path` has a value that is not empty, and puts it into `value`, ended by a
   zero byte. Returns false, with errno, when that takes longer than `limit_ms`, or it
   does not fit. */
bool xenstore_await(const char *path, char *value, size_t size, int limit_ms);

#endif
