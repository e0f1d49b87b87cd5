/* SPDX-License-Identifier: ISC */
#include "unikernel.h"

int unikernel_main(const struct unikernel_start_info *info)
{
	volatile size_t zero = 0;
	return (int)(info->heap_size / zero);
}
