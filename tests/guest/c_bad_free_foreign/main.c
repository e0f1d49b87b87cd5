/* SPDX-License-Identifier: ISC */
#include "unikernel.h"

static char foreign[64];

int uk_main(const struct uk_start_info *info)
{
	void *volatile block = foreign + 16;
	(void)info;
	uk_free(block);
	return 0;
}
