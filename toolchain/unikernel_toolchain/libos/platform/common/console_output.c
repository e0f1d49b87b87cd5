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

/* How much of the text is its first line; 0 when no line ends in it. */
static size_t first_line(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\n')
			return i + 1;
	return 0;
}

/* What follows the first line in one write may be long; the line is told of before. */
void unikernel_console_write(const char *text, size_t length)
{
	size_t first = line_seen ? 0 : first_line(text, length);
	if (length)
		in_line = text[length - 1] != '\n';
	if (first) {
		line_seen = true;
		platform_console_write(text, first);
		unikernel_milestone(UNIKERNEL_MILESTONE_LINE);
		trace_flush();
	}
	platform_console_write(text + first, length - first);
}
