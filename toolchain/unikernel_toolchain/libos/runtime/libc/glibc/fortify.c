/* SPDX-License-Identifier: ISC */
/* What distribution archives compiled against glibc with _FORTIFY_SOURCE call
 * in place of the plain functions. Sizes are checked as there; a `flag` asks
 * glibc to refuse %n, which OCaml's archives never pass. */
#include "../libc.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

_Noreturn void __chk_fail(void)
{
	unikernel_abort("a C library call was about to overrun its buffer");
}

static void check(size_t needed, size_t capacity)
{
	if (needed > capacity)
		__chk_fail();
}

void *__memcpy_chk(void *to, const void *from, size_t size, size_t capacity)
{
	check(size, capacity);
	return memcpy(to, from, size);
}

void *__memmove_chk(void *to, const void *from, size_t size, size_t capacity)
{
	check(size, capacity);
	return memmove(to, from, size);
}

void *__memset_chk(void *to, int byte, size_t size, size_t capacity)
{
	check(size, capacity);
	return memset(to, byte, size);
}

char *__strcpy_chk(char *to, const char *from, size_t capacity)
{
	check(strlen(from) + 1, capacity);
	return strcpy(to, from);
}

char *__strncpy_chk(char *to, const char *from, size_t size, size_t capacity)
{
	check(size, capacity);
	return strncpy(to, from, size);
}

char *__strcat_chk(char *to, const char *from, size_t capacity)
{
	check(strlen(to) + strlen(from) + 1, capacity);
	return strcat(to, from);
}

int __vsnprintf_chk(char *to, size_t size, int flag, size_t capacity, const char *format,
		    va_list arguments)
{
	(void)flag;
	check(size, capacity);
	return vsnprintf(to, size, format, arguments);
}

int __snprintf_chk(char *to, size_t size, int flag, size_t capacity, const char *format,
		   ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = __vsnprintf_chk(to, size, flag, capacity, format, arguments);
	va_end(arguments);
	return length;
}

int __sprintf_chk(char *to, int flag, size_t capacity, const char *format, ...)
{
	va_list arguments;

	(void)flag;
	va_start(arguments, format);
	int length = vsnprintf(to, capacity, format, arguments);
	va_end(arguments);
	check((size_t)length + 1, capacity);
	return length;
}

int __vfprintf_chk(FILE *file, int flag, const char *format, va_list arguments)
{
	(void)flag;
	return vfprintf(file, format, arguments);
}

int __fprintf_chk(FILE *file, int flag, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = __vfprintf_chk(file, flag, format, arguments);
	va_end(arguments);
	return length;
}

int __printf_chk(int flag, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = __vfprintf_chk(stdout, flag, format, arguments);
	va_end(arguments);
	return length;
}
