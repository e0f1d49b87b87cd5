/* SPDX-License-Identifier: ISC */
#include "solo5.h"

int solo5_app_main(const struct solo5_start_info *info)
{
	(void)info;
	solo5_abort();
}
