/* SPDX-License-Identifier: ISC */
#include "unikernel.h"

int unikernel_main(const struct unikernel_start_info *info)
{
	void *before = unikernel_alloc(100), *volatile block = unikernel_alloc(100);
	(void)info;
	unikernel_free(before);
	unikernel_free(block); /* joined with the free block before it */
	unikernel_free(block);
	return 0;
}
