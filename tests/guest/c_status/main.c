/* SPDX-License-Identifier: ISC */
/* A status above what the debug exit can carry still reaches the host. */
#include "unikernel.h"

int uk_main(const struct uk_start_info *info)
{
	(void)info;
	uk_exit(200);
}
