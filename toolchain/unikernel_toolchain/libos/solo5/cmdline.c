/* SPDX-License-Identifier: ISC */
#include "solo5_cmdline.h"

#include <stddef.h>

static const char *skip_blanks(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

/* What follows `word` at the beginning of `text`, NULL when another word is there. */
static const char *after_word(const char *text, const char *word)
{
	while (*word && *text == *word) {
		text++;
		word++;
	}
	return *word == 0 && (*text == 0 || *text == ' ') ? text : NULL;
}

static const char *after_variable(const char *text, const char *name)
{
	while (*name && *text == *name) {
		text++;
		name++;
	}
	if (*name)
		return NULL;
	while (*text && *text != ' ')
		text++;
	return text;
}

const char *solo5_cmdline(const char *cmdline)
{
	const char *next = cmdline;
	do {
		cmdline = skip_blanks(next);
		next = after_variable(cmdline, "UK_NET=");
		if (!next)
			next = after_word(cmdline, "--solo5:quiet");
		if (!next)
			next = after_word(cmdline, "--solo5:debug");
	} while (next);
	return cmdline;
}
