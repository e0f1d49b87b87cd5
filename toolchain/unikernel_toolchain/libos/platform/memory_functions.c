/* SPDX-License-Identifier: ISC */
/* memcpy, memmove, memset, memcmp: all that a compiler assumes to exist.
 *
 * Eight bytes a step: string instructions of one byte run one iteration a byte in
 * QEMU's translator, and `rep movsq` has a start-up cost on hardware that only large
 * blocks earn back.
 */
#include "memory_functions.h"
#include <stdint.h>

#define LARGE 512

typedef uint64_t __attribute__((may_alias, aligned(1))) word_t;

static void copy_words(void **to, const void **from, size_t *size)
{
	size_t words = *size / 8;
	if (*size >= LARGE) {
		__asm__ volatile("rep movsq"
				 : "+D"(*to), "+S"(*from), "+c"(words)
				 :
				 : "memory");
	} else {
		word_t *d = *to;
		const word_t *s = *from;
		while (words--)
			*d++ = *s++;
		*to = d;
		*from = s;
	}
	*size %= 8;
}

__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *
memcpy(void *restrict to, const void *restrict from, size_t size)
{
	void *to_rest = to;
	const void *from_rest = from;
	copy_words(&to_rest, &from_rest, &size);
	char *d = to_rest;
	const char *s = from_rest;
	while (size--)
		*d++ = *s++;
	return to;
}

__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *
memmove(void *to, const void *from, size_t size)
{
	if ((uintptr_t)to - (uintptr_t)from >= size)
		return memcpy(to, from, size);
	char *d = (char *)to + size;
	const char *s = (const char *)from + size;
	for (; size >= 8; size -= 8) {
		d -= 8;
		s -= 8;
		*(word_t *)d = *(const word_t *)s;
	}
	while (size--)
		*--d = *--s;
	return to;
}

__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *
memset(void *to, int byte, size_t size)
{
	uint64_t pattern = 0x0101010101010101u * (uint8_t)byte;
	void *d = to;
	size_t words = size / 8;
	if (size >= LARGE) {
		__asm__ volatile("rep stosq"
				 : "+D"(d), "+c"(words)
				 : "a"(pattern)
				 : "memory");
	} else {
		word_t *w = d;
		while (words--)
			*w++ = pattern;
		d = w;
	}
	char *rest = d;
	for (size %= 8; size; size--)
		*rest++ = (char)byte;
	return to;
}

int memcmp(const void *left, const void *right, size_t size)
{
	const unsigned char *l = left, *r = right;
	for (; size >= 8 && *(const word_t *)l == *(const word_t *)r; size -= 8) {
		l += 8;
		r += 8;
	}
	for (; size; size--, l++, r++)
		if (*l != *r)
			return *l - *r;
	return 0;
}
