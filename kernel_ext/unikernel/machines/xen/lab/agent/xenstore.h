/* As much of a xenstore client as the agent needs. All of it waits a bounded time. */
#ifndef XENSTORE_H
#define XENSTORE_H

#include <stdbool.h>
#include <stddef.h>

/* Returns a connection with xenstore's daemon, to be closed by close(2); -1 with errno.
 */
int xenstore_connect(void);

/* Puts a value into `value`, ended by a zero byte; false with errno. */
bool xenstore_read(int store, const char *path, char *value, size_t size);

bool xenstore_write(int store, const char *path, const char *value);

/* Reads a value as soon as there is one that is not empty; false when that takes longer.
 */
bool xenstore_await(int store, const char *path, char *value, size_t size, int limit_ms);

#endif
