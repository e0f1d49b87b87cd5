/* SPDX-License-Identifier: ISC */
#include "unikernel.h"

int uk_main(const struct uk_start_info *info)
{
	volatile char *block = uk_alloc(13);
	(void)info;
	block[13] ^= 1; /* whatever the canary was */
	uk_free((void *)block);
	return 0;
}
