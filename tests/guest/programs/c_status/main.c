/* SPDX-License-Identifier: ISC */
/* A status above what the debug exit can carry still reaches the host. */
#include "unikernel.h"

int unikernel_main(const struct unikernel_start_info *info)
{
	(void)info;
	unikernel_exit(200);
}
