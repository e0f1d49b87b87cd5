/* SPDX-License-Identifier: ISC */
#include "libc.h"

void uk_libc_start(const struct uk_start_info *info)
{
	uk_libc_start_thread();
	uk_libc_start_arguments(info->cmdline);
}
