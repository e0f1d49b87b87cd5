/* SPDX-License-Identifier: ISC */
/* RAM above 4 GiB is heap like any other. */
#include <stdio.h>
#include <string.h>

#include "unikernel.h"

#define BLOCK_SIZE ((size_t)256 << 20)
#define FOUR_GIB ((uintptr_t)4 << 30)

int main(void)
{
	unsigned below = 0, above = 0;
	for (char *block; (block = unikernel_alloc(BLOCK_SIZE));) {
		block[0] = block[BLOCK_SIZE - 1] = 1;
		if ((uintptr_t)block < FOUR_GIB)
			below++;
		else
			above++;
	}
	printf("%u blocks below 4 GiB, %u above\n", below, above);
}
