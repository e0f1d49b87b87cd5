/* SPDX-License-Identifier: ISC */
#include "unikernel.h"

int unikernel_main(const struct unikernel_start_info *info)
{
	(void)info;
	*(volatile unsigned char *)(uintptr_t)unikernel_console_write = 0xc3;
	return 0;
}
