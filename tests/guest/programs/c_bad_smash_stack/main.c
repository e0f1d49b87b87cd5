/* SPDX-License-Identifier: ISC */
#include "unikernel.h"

__attribute__((noipa)) static void copy(const char *text)
{
	char small[16];
	volatile char *to = small;
	while ((*to++ = *text++))
		;
	unikernel_console_write(small, 1);
}

int unikernel_main(const struct unikernel_start_info *info)
{
	(void)info;
	copy("far more than sixteen characters, and then some more of them\n");
	return 0;
}
