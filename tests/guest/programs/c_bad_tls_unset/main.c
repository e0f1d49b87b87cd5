/* SPDX-License-Identifier: ISC */
/* Reaches for thread-local storage before it has said where that is. */
#include "solo5.h"

static __thread volatile int variable;

int solo5_app_main(const struct solo5_start_info *info)
{
	(void)info;
	solo5_console_write("reaching\n", 9);
	variable = 1;
	return variable;
}
