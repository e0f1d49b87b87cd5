/* SPDX-License-Identifier: ISC */
/* The command line: leading NAME=value words, then arguments. Words stand
 * between blanks; "double quotes" keep blanks, \ keeps the next character. */
#include "libc.h"

#define PROGRAM "unikernel"

extern char **__environ;

int unikernel_argc;
char **unikernel_argv;

/* strlen may be the application's, which has not begun. */
static size_t length_of(const char *text)
{
	const char *end = text;

	while (*end)
		end++;
	return (size_t)(end - text);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Copies the word at *from to *to without its quotes, closes it with NUL and
 * moves both past it. The copy is never longer than the original. */
static void take_word(const char **from, char **to)
{
	const char *in = *from;
	char *out = *to;
	bool quoted = false;

	for (; *in && (quoted || !is_blank(*in)); in++) {
		if (*in == '"') {
			quoted = !quoted;
			continue;
		}
		if (*in == '\\' && in[1])
			in++;
		*out++ = *in;
	}
	*out++ = '\0';
	*from = in;
	*to = out;
}

static bool is_assignment(const char *word)
{
	const char *end = word;

	while ((*end >= 'A' && *end <= 'Z') || *end == '_' ||
	       (end != word && *end >= '0' && *end <= '9'))
		end++;
	return end != word && *end == '=';
}

/* A word takes at least a character and a blank, so n characters hold at most
 * n/2+1 words; each list ends in NULL, and unikernel_argv begins with a name. */
void unikernel_libc_start_arguments(const char *cmdline)
{
	if (!*cmdline) {
		static char *lists[] = {NULL, PROGRAM, NULL};
		__environ = lists;
		unikernel_argv = lists + 1;
		unikernel_argc = 1;
		return;
	}
	size_t length = length_of(cmdline), words = length / 2 + 1;
	char **lists = unikernel_alloc((2 * words + 3) * sizeof(char *) + length + 2);
	size_t variables = 0;

	if (!lists)
		unikernel_abort("no memory for the command line");
	__environ = lists;
	unikernel_argv = lists + words + 1;
	unikernel_argv[unikernel_argc++] = PROGRAM;
	for (char *text = (char *)(unikernel_argv + words + 2);;) {
		char *word = text;
		while (is_blank(*cmdline))
			cmdline++;
		if (!*cmdline)
			break;
		take_word(&cmdline, &text);
		if (unikernel_argc == 1 && is_assignment(word))
			__environ[variables++] = word;
		else
			unikernel_argv[unikernel_argc++] = word;
	}
	__environ[variables] = NULL;
	unikernel_argv[unikernel_argc] = NULL;
}
