/* SPDX-License-Identifier: ISC */
/* Standard input and output. */
#include "console.h"
#include "common/memory/memory_functions.h"
#include "common/platform.h"
#include "unikernel.h"
#include "unix/linux/descriptors.h"
#include "unix/linux/system_calls.h"
#include "unix/linux/write.h"

static char typed[1024];
static size_t typed_start, typed_end;
static bool at_end; /* of the file */

void platform_console_write(const char *text, size_t length)
{
	write_all(CONSOLE_OUTPUT, text, length);
}

bool console_is_open(void)
{
	return !at_end;
}

bool console_has_input(void)
{
	return typed_start < typed_end;
}

void console_fill(void)
{
	long count = system_read(CONSOLE_INPUT, typed, sizeof typed);
	typed_start = typed_end = 0;
	if (count > 0)
		typed_end = (size_t)count;
	else if (count != -EAGAIN && count != -EINTR)
		at_end = true;
}

/* A read of a terminal or a pipe would wait. */
static void look(void)
{
	struct poll_entry entry = {CONSOLE_INPUT, POLL_IN, 0};
	struct timespec none = {0, 0};
	if (!at_end && system_ppoll(&entry, 1, &none) > 0)
		console_fill();
}

size_t unikernel_console_read(char *buffer, size_t capacity)
{
	if (!console_has_input())
		look();
	size_t count = typed_end - typed_start;
	if (count > capacity)
		count = capacity;
	memcpy(buffer, typed + typed_start, count);
	typed_start += count;
	return count;
}
