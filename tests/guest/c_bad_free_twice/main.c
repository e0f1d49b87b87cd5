/* SPDX-License-Identifier: ISC */
#include "unikernel.h"

int uk_main(const struct uk_start_info *info)
{
	void *before = uk_alloc(100), *volatile block = uk_alloc(100);
	(void)info;
	uk_free(before);
	uk_free(block); /* joined with the free block before it */
	uk_free(block);
	return 0;
}
