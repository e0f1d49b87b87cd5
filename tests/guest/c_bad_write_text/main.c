/* SPDX-License-Identifier: ISC */
#include "unikernel.h"

int uk_main(const struct uk_start_info *info)
{
	(void)info;
	*(volatile unsigned char *)(uintptr_t)uk_console_write = 0xc3;
	return 0;
}
