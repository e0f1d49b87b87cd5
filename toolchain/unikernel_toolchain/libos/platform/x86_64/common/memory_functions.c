/* SPDX-License-Identifier: ISC */
/* memcpy, memmove, memset, memcmp: all that a compiler assumes to exist.
 *
 * Eight bytes a step: string instructions of one byte run one iteration a byte in
 * QEMU's translator, and `rep movsq` has a start-up cost on hardware that only large
 * blocks earn back.
 */
#include "common/memory_functions.h"
#include "common/offered.h"
#include <stdint.h>

#define LARGE 512

/* Keeps the compiler from seeing a loop below as what it implements. */
#define NO_CALLS_OF_ITSELF __attribute__((optimize("no-tree-loop-distribute-patterns")))

typedef uint64_t __attribute__((may_alias, aligned(1))) word_t;

/* The last word is read first and written last: memmove copies downwards with this, and
 * no loop is needed for what is left over. */
NO_CALLS_OF_ITSELF void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	if (size < sizeof(word_t)) {
		for (size_t i = 0; i < size; i++)
			((char *)to)[i] = ((const char *)from)[i];
		return to;
	}
	char *to_last = (char *)to + size - sizeof(word_t);
	word_t last = *(const word_t *)((const char *)from + size - sizeof(word_t));
	void *d = to;
	const void *s = from;
	if (size >= LARGE) {
		size_t words = size / sizeof(word_t);
		__asm__ volatile("rep movsq"
				 : "+D"(d), "+S"(s), "+c"(words)
				 :
				 : "memory");
	} else {
		for (; (char *)d < to_last;
		     d = (word_t *)d + 1, s = (const word_t *)s + 1)
			*(word_t *)d = *(const word_t *)s;
	}
	*(word_t *)to_last = last;
	return to;
}

NO_CALLS_OF_ITSELF void *memmove(void *to, const void *from, size_t size)
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

NO_CALLS_OF_ITSELF void *memset(void *to, int byte, size_t size)
{
	uint64_t pattern = 0x0101010101010101u * (uint8_t)byte;
	if (size < sizeof(word_t)) {
		for (size_t i = 0; i < size; i++)
			((char *)to)[i] = (char)byte;
		return to;
	}
	word_t *last = (word_t *)((char *)to + size - sizeof(word_t));
	word_t *d = to;
	if (size >= LARGE) {
		size_t words = size / sizeof(word_t);
		__asm__ volatile("rep stosq"
				 : "+D"(d), "+c"(words)
				 : "a"(pattern)
				 : "memory");
	} else {
		while (d < last)
			*d++ = pattern;
	}
	*last = pattern;
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

OFFERED(memcpy);
OFFERED(memmove);
OFFERED(memset);
OFFERED(memcmp);
