/* SPDX-License-Identifier: ISC */
#include "unikernel.h"

int unikernel_main(const struct unikernel_start_info *info)
{
	(void)info;
	volatile unsigned char *code = unikernel_alloc(16);
	code[0] = 0xc3; /* ret */
	((void (*)(void))(uintptr_t)code)();
	return 0;
}
