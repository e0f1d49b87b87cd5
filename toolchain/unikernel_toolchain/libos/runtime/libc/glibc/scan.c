/* SPDX-License-Identifier: ISC */
/* sscanf under the names that glibc's headers give it, the second from 2.38 on. Of the
 * distribution's archives only OCaml's runtime calls it, to read OCAMLRUNPARAM with %u,
 * %x and %c; musl's whole scanf for that would be 6 KB in every OCaml image. A program
 * compiled here calls `sscanf`, which is musl's. */
#include "../libc.h"
#include <stdarg.h>
#include <stdlib.h>

static bool take_unsigned(const char **text, int base, unsigned *result)
{
	char *end;
	unsigned long number = strtoul(*text, &end, base);

	if (end == *text)
		return false;
	*text = end;
	*result = (unsigned)number;
	return true;
}

static bool take_character(const char **text, char *result)
{
	if (!**text)
		return false;
	*result = *(*text)++;
	return true;
}

static int scan(const char *text, const char *format, va_list results)
{
	int taken = 0;

	for (; *format; format++) {
		bool matches;
		if (*format != '%') {
			if (*format != *text++)
				return taken;
			continue;
		}
		switch (*++format) {
		case 'u':
			matches = take_unsigned(&text, 10, va_arg(results, unsigned *));
			break;
		case 'x':
			matches = take_unsigned(&text, 16, va_arg(results, unsigned *));
			break;
		case 'c':
			matches = take_character(&text, va_arg(results, char *));
			break;
		default:
			unikernel_abort(
				"sscanf of a distribution's archive knows %u, %x and %c");
		}
		if (!matches)
			return taken;
		taken++;
	}
	return taken;
}

int __isoc99_sscanf(const char *text, const char *format, ...)
{
	va_list results;

	va_start(results, format);
	int taken = scan(text, format, results);
	va_end(results);
	return taken;
}

int __isoc23_sscanf(const char *text, const char *format, ...)
{
	va_list results;

	va_start(results, format);
	int taken = scan(text, format, results);
	va_end(results);
	return taken;
}
