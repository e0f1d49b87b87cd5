/* SPDX-License-Identifier: ISC */
#include "unikernel.h"

int unikernel_main(const struct unikernel_start_info *info)
{
	(void)info;
	volatile int *volatile nowhere = (volatile int *)0;
	*nowhere = 1;
	return 0;
}
