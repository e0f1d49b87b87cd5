/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdio.h>

#define WORDS 64

uintptr_t camlMoves__entry(uint64_t words[WORDS]);

int main(void)
{
	static uint64_t words[WORDS] = {[50] = 99};
	uintptr_t result = camlMoves__entry(words);

	for (int i = 0; i < WORDS; i++)
		printf("%d %#lx\n", i, (unsigned long)words[i]);
	printf("%#lx\n", (unsigned long)result);
	return 0;
}
