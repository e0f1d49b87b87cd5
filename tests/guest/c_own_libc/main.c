/* SPDX-License-Identifier: ISC */
/* A Solo5 application brings its own C library; what is not there comes from the
 * compiler's (128-bit division, population count). */
#include "solo5.h"

static char pool[4096];
static size_t used;

void *malloc(size_t size)
{
	void *block = pool + used;

	used += (size + 15) & ~(size_t)15;
	return block;
}

void free(void *block)
{
	(void)block;
}

size_t strlen(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}

int puts(const char *text)
{
	solo5_console_write(text, strlen(text));
	solo5_console_write("\n", 1);
	return 0;
}

int solo5_app_main(const struct solo5_start_info *info)
{
	char *text = malloc(8);
	unsigned __int128 square = (unsigned __int128)info->heap_size * info->heap_size;
	volatile unsigned long divisor = 3;

	text[0] = text == pool ? 'o' : 'x';
	text[1] = 'k';
	text[2] = 0;
	puts(text);
	free(text);
	puts(square / divisor > info->heap_size ? "divided" : "not divided");
	return __builtin_popcountll(info->heap_size) > 0 ? SOLO5_EXIT_SUCCESS
							 : SOLO5_EXIT_FAILURE;
}
