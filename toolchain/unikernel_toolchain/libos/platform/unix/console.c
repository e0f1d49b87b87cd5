/* SPDX-License-Identifier: ISC */
/* Standard input and output. */
#include "console.h"
#include "common/memory_functions.h"
#include "common/platform.h"
#include "unikernel.h"
#include "unix/linux/descriptors.h"
#include "unix/linux/system_calls.h"
#include "unix/linux/write.h"

static char input[1024];
static size_t input_start, input_end;
static bool at_end;	  /* of the file */
static bool end_was_told; /* by a read of nothing: who waits on sleeps from then on */

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
	return input_start < input_end;
}

bool console_is_ready(void)
{
	return console_has_input() || (at_end && !end_was_told);
}

void console_fill(void)
{
	long count = system_read(CONSOLE_INPUT, input, sizeof input);
	input_start = input_end = 0;
	if (count > 0)
		input_end = (size_t)count;
	else if (count != -EAGAIN && count != -EINTR)
		at_end = true;
}

bool unikernel_console_ended(void)
{
	return at_end && !console_has_input();
}

/* A read of a terminal or a pipe would wait. */
static void poll_input(void)
{
	struct poll_entry entry = {CONSOLE_INPUT, POLL_IN, 0};
	struct timespec none = {0, 0};
	if (!at_end && system_ppoll(&entry, 1, &none) > 0)
		console_fill();
}

size_t unikernel_console_read(char *buffer, size_t capacity)
{
	if (!console_has_input())
		poll_input();
	size_t count = input_end - input_start;
	end_was_told = end_was_told || (at_end && !count);
	if (count > capacity)
		count = capacity;
	memcpy(buffer, input + input_start, count);
	input_start += count;
	return count;
}
