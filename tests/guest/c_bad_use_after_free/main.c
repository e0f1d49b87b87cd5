/* SPDX-License-Identifier: ISC */
/* Found when the memory is handed out again. */
#include "unikernel.h"

int uk_main(const struct uk_start_info *info)
{
	uintptr_t *volatile block = uk_alloc(200);
	(void)info;
	void *volatile above = uk_alloc(10); /* keeps the freed block apart */
	uk_free(block);
	block[0] = block[1] = 0x4141414141414141;
	block = uk_alloc(200);
	return above == block;
}
