/* SPDX-License-Identifier: ISC */
#include "unikernel.h"

static char foreign[64];

int unikernel_main(const struct unikernel_start_info *info)
{
	void *volatile block = foreign + 16;
	(void)info;
	unikernel_free(block);
	return 0;
}
