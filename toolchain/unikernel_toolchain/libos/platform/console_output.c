/* SPDX-License-Identifier: ISC */
#include "platform.h"
#include "trace.h"
#include "unikernel.h"

static bool line_seen; /* a whole one */
static bool in_line;

bool console_in_line(void)
{
	return in_line;
}

static bool has_newline(const char *text, size_t length)
{
	while (length--)
		if (*text++ == '\n')
			return true;
	return false;
}

void uk_console_write(const char *text, size_t length)
{
	bool first_line = !line_seen && has_newline(text, length);
	if (length)
		in_line = text[length - 1] != '\n';
	machine_console_write(text, length);
	if (first_line) {
		line_seen = true;
		uk_milestone(UK_MILESTONE_LINE);
		trace_flush();
	}
}
