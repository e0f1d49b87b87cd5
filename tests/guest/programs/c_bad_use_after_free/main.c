/* SPDX-License-Identifier: ISC */
/* Found when the memory is handed out again. */
#include "unikernel.h"

int unikernel_main(const struct unikernel_start_info *info)
{
	uintptr_t *volatile block = unikernel_alloc(200);
	(void)info;
	void *volatile above = unikernel_alloc(10); /* keeps the freed block apart */
	unikernel_free(block);
	block[0] = block[1] = 0x4141414141414141;
	block = unikernel_alloc(200);
	return above == block;
}
