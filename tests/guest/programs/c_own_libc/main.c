/* SPDX-License-Identifier: ISC */
/* A Solo5 application brings its own C library, written as plainly as can be: loops that
 * a compiler knows by heart. What is not there comes from the compiler's (128-bit
 * division, population count). */
#include <stdarg.h>
#include "solo5.h"

#define COUNT 1000

int errno;
unsigned long __stack_chk_guard = 1234;

static char pool[8192];
static size_t used;

void *memset(void *to, int byte, size_t size)
{
	unsigned char *at = to;

	while (size--)
		*at++ = (unsigned char)byte;
	return to;
}

static void copy_upwards(char *to, const char *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = from[i];
}

void *memcpy(void *to, const void *from, size_t size)
{
	copy_upwards(to, from, size);
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	char *d = to;
	const char *s = from;

	if (d <= s)
		copy_upwards(d, s, size);
	else
		while (size--)
			d[size] = s[size];
	return to;
}

int memcmp(const void *left, const void *right, size_t size)
{
	const unsigned char *l = left, *r = right;

	for (size_t i = 0; i < size; i++)
		if (l[i] != r[i])
			return l[i] - r[i];
	return 0;
}

size_t strlen(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}

void *malloc(size_t size)
{
	void *block = pool + used;

	used += (size + 15) & ~(size_t)15;
	return block;
}

void *calloc(size_t count, size_t size)
{
	return memset(malloc(count * size), 0, count * size);
}

void free(void *block)
{
	(void)block;
}

int puts(const char *text)
{
	solo5_console_write(text, strlen(text));
	solo5_console_write("\n", 1);
	return 0;
}

int putchar(int c)
{
	char byte = (char)c;

	solo5_console_write(&byte, 1);
	return c;
}

/* Knows %s and %d, and one that nobody else has: %!. */
int printf(const char *pattern, ...)
{
	va_list arguments;

	va_start(arguments, pattern);
	for (; *pattern; pattern++) {
		if (*pattern != '%') {
			putchar(*pattern);
			continue;
		}
		switch (*++pattern) {
		case 's':
			for (const char *c = va_arg(arguments, const char *); *c; c++)
				putchar(*c);
			break;
		case 'd':
			putchar('0' + va_arg(arguments, int) % 10);
			break;
		case '!':
			solo5_console_write("own", 3);
			break;
		}
	}
	va_end(arguments);
	return 0;
}

void exit(int status)
{
	printf("exit\n");
	solo5_exit(status);
}

void abort(void)
{
	printf("abort\n");
	solo5_exit(9);
}

void __stack_chk_fail(void)
{
	abort();
}

struct large {
	char bytes[COUNT];
};

int solo5_app_main(const struct solo5_start_info *info)
{
	char *text = malloc(COUNT), *zeros = calloc(COUNT, 1);
	struct large first, second;
	unsigned __int128 square = (unsigned __int128)info->heap_size * info->heap_size;
	volatile unsigned long divisor = 3;

	memset(text, 'o', COUNT);
	memmove(text + 1, text, COUNT - 1);
	text[1] = 'k';
	text[2] = 0;
	puts(text == pool ? text : "another malloc");
	memset(&first, 7, sizeof first);
	second = first;
	printf("%s %!\n",
	       memcmp(&first, &second, sizeof first) ? "copies differ" : "copied");
	printf("%s", zeros[COUNT - 1] ? "not cleared\n" : "cleared\n");
	errno = 5;
	printf("%d\n", errno);
	puts(square / divisor > info->heap_size ? "divided" : "not divided");
	free(text);
	exit(__builtin_popcountll(info->heap_size) > 0 ? SOLO5_EXIT_SUCCESS
						       : SOLO5_EXIT_FAILURE);
}
