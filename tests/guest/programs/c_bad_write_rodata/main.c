/* SPDX-License-Identifier: ISC */
#include "unikernel.h"

static const int constant = 1;

int unikernel_main(const struct unikernel_start_info *info)
{
	(void)info;
	volatile int *place = (volatile int *)(uintptr_t)&constant;
	*place = 2;
	return *place;
}
