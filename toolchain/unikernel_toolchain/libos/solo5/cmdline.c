/* SPDX-License-Identifier: ISC */
#include "solo5_cmdline.h"

#include <stdbool.h>
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

/* What follows a word UNIKERNEL_...=..., NULL when another word is there. */
static const char *after_variable(const char *text)
{
	static const char prefix[] = "UNIKERNEL_";
	bool assigns = false;
	for (size_t i = 0; i < sizeof prefix - 1; i++)
		if (text[i] != prefix[i])
			return NULL;
	for (; *text && *text != ' '; text++)
		assigns |= *text == '=';
	return assigns ? text : NULL;
}

const char *solo5_cmdline(const char *cmdline)
{
	const char *next = cmdline;
	do {
		cmdline = skip_blanks(next);
		next = after_variable(cmdline);
		if (!next)
			next = after_word(cmdline, "--solo5:quiet");
		if (!next)
			next = after_word(cmdline, "--solo5:debug");
	} while (next);
	return cmdline;
}
