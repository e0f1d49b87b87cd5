/* SPDX-License-Identifier: ISC */
/* Found when the block is resized. */
#include "unikernel.h"

int uk_main(const struct uk_start_info *info)
{
	volatile char *block = uk_alloc(64);
	(void)info;
	block[-1] ^= 1;
	uk_realloc((void *)block, 1000);
	return 0;
}
