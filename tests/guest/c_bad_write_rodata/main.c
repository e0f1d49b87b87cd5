/* SPDX-License-Identifier: ISC */
#include "unikernel.h"

static const int constant = 1;

int uk_main(const struct uk_start_info *info)
{
	(void)info;
	volatile int *place = (volatile int *)(uintptr_t)&constant;
	*place = 2;
	return *place;
}
