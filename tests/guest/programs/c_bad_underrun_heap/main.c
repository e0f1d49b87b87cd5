/* SPDX-License-Identifier: ISC */
/* Found when the block is resized. */
#include "unikernel.h"

int unikernel_main(const struct unikernel_start_info *info)
{
	volatile char *block = unikernel_alloc(64);
	(void)info;
	block[-1] ^= 1;
	unikernel_realloc((void *)block, 1000);
	return 0;
}
