/* SPDX-License-Identifier: ISC */
#include "unikernel.h"

int uk_main(const struct uk_start_info *info)
{
	volatile size_t zero = 0;
	return (int)(info->heap_size / zero);
}
