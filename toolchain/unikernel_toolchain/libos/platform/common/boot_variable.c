/* SPDX-License-Identifier: ISC */
/* Variables are the words in front that look like NAME=value; the first that does not
 * begins the application's own arguments, which are never searched.
 */
#include "boot_variable.h"

#include <stdbool.h>

static bool is_name_byte(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_end(char c)
{
	return c == 0 || c == ' ';
}

static const char *skip_blanks(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

/* What follows `prefix` at the beginning of `text`, NULL when something else is there. */
static const char *after(const char *text, const char *prefix)
{
	while (*prefix && *text == *prefix) {
		text++;
		prefix++;
	}
	return *prefix ? NULL : text;
}

const char *boot_variable(const char *cmdline, const char *name)
{
	for (;;) {
		const char *word = skip_blanks(cmdline), *end = word;
		while (is_name_byte(*end))
			end++;
		if (end == word || *end != '=')
			return NULL;
		const char *rest = after(word, name);
		if (rest == end)
			return end + 1;
		while (!is_end(*end))
			end++;
		cmdline = end;
	}
}

unsigned boot_list_position(const char *value, const char *name)
{
	for (unsigned position = 0;; position++) {
		const char *rest = after(value, name);
		if (rest && (*rest == ',' || is_end(*rest)))
			return position;
		while (*value != ',' && !is_end(*value))
			value++;
		if (*value++ != ',')
			return NOT_IN_LIST;
	}
}
