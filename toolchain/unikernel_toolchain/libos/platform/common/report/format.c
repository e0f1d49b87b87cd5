/* SPDX-License-Identifier: ISC */
/* Only what reports need. Output is cut and always ends in a NUL: a report that lacks its
 * end is better than one that writes past a buffer.
 */
#include "format.h"
#include "unikernel.h"

struct output {
	char *next, *last; /* `last` is kept for the NUL */
};

static void put(struct output *out, char c)
{
	if (out->next < out->last)
		*out->next++ = c;
}

static void put_text(struct output *out, const char *text)
{
	while (*text)
		put(out, *text++);
}

static void put_number(struct output *out, uint64_t value, unsigned base, unsigned digits)
{
	char reversed[20];
	unsigned n = 0;
	do {
		reversed[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value || n < digits);
	while (n)
		put(out, reversed[--n]);
}

static void put_argument(struct output *out, char kind, va_list *arguments)
{
	switch (kind) {
	case 's':
		put_text(out, va_arg(*arguments, const char *));
		break;
	case 'x':
		put_text(out, "0x");
		put_number(out, va_arg(*arguments, uint64_t), 16, 1);
		break;
	case 'X':
		put_number(out, va_arg(*arguments, uint64_t), 16, 16);
		break;
	case 'u':
		put_number(out, va_arg(*arguments, uint64_t), 10, 1);
		break;
	default:
		put(out, kind);
	}
}

size_t format_list(char *buffer, size_t capacity, const char *pattern, va_list arguments)
{
	struct output out = {buffer, buffer + capacity - 1};
	/* an array type on x86-64: as a parameter its address is another type's */
	va_list rest;
	va_copy(rest, arguments);
	for (; *pattern; pattern++) {
		if (*pattern == '%' && pattern[1])
			put_argument(&out, *++pattern, &rest);
		else
			put(&out, *pattern);
	}
	va_end(rest);
	*out.next = 0;
	return (size_t)(out.next - buffer);
}

size_t format(char *buffer, size_t capacity, const char *pattern, ...)
{
	va_list arguments;
	va_start(arguments, pattern);
	size_t length = format_list(buffer, capacity, pattern, arguments);
	va_end(arguments);
	return length;
}

void print(const char *pattern, ...)
{
	char line[256];
	va_list arguments;
	va_start(arguments, pattern);
	size_t length = format_list(line, sizeof line, pattern, arguments);
	va_end(arguments);
	unikernel_console_write(line, length);
}
