/* SPDX-License-Identifier: ISC */
#include "libc.h"

void unikernel_libc_start(const struct unikernel_start_info *info)
{
	unikernel_libc_start_thread();
	unikernel_libc_start_arguments(info->cmdline);
}
