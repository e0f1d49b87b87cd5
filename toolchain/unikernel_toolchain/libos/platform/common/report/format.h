/* SPDX-License-Identifier: ISC */
/* format.h: text of a fault report, without malloc and without a C library. */
#ifndef FORMAT_H
#define FORMAT_H

#include <stddef.h>
#include <stdarg.h>

/* Writes `pattern` to `buffer`, cut to `capacity` with its NUL; returns the length.
 * %s const char *; %x uint64_t as 0x hexadecimal; %X the same with all 16 digits;
 * %u uint64_t decimal. Every number passed must be 64 bits wide. */
size_t format(char *buffer, size_t capacity, const char *pattern, ...);
size_t format_list(char *buffer, size_t capacity, const char *pattern, va_list arguments);

/* Formats one piece of at most 255 bytes and puts it on the console. */
void print(const char *pattern, ...);

#endif
