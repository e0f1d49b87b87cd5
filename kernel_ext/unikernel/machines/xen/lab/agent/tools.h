/* What the agent does as a program of its own. Each takes its words and returns an exit
 * status. */
#ifndef TOOLS_H
#define TOOLS_H

#include <stdbool.h>
#include <stddef.h>

typedef int tool(char **words);

tool tool_put, tool_get, tool_await, tool_console, tool_plug, tool_unplug, tool_vif,
	tool_block;

/* Writes all of it; false when that fails. */
bool write_all(int descriptor, const void *data, size_t length);

/* Waits until there is a file by a pattern of glob(7), and puts its name into `name`. */
bool await_file(const char *pattern, long limit_ms, char *name, size_t size);

/* Says what failed, with errno's words, and returns the exit status for it. */
int failed(const char *what);

#endif
