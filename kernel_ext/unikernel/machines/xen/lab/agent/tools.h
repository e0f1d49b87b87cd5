/* What the agent does as a program of its own, started on a channel. Each returns an exit
 * status. */
#ifndef TOOLS_H
#define TOOLS_H

int tool_put(int count, char **words);
int tool_get(const char *path);
int tool_console(const char *domain);
int tool_await(const char *pattern, const char *limit_ms);

/* Writes all of it; false when that fails. */
#include <stdbool.h>
#include <stddef.h>
bool write_all(int descriptor, const void *data, size_t length);

/* Says what failed, with errno's words, and returns the exit status for it. */
int failed(const char *what);

#endif
