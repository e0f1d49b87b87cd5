/* SPDX-License-Identifier: ISC */
/* Asks the kernel beneath a process for what no guest may have. */
#include "unikernel.h"

#define SYSTEM_OPENAT 257

int unikernel_main(const struct unikernel_start_info *info)
{
	static const char path[] = "/etc/passwd";
	long result;
	(void)info;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYSTEM_OPENAT), "D"(-100), "S"(path), "d"(0)
			 : "rcx", "r11", "memory");
	return (int)result;
}
