/* SPDX-License-Identifier: ISC */
#include "unikernel.h"

int unikernel_main(const struct unikernel_start_info *info)
{
	volatile char *block = unikernel_alloc(13);
	(void)info;
	block[13] ^= 1; /* whatever the canary was */
	unikernel_free((void *)block);
	return 0;
}
