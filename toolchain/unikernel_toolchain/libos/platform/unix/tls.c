/* SPDX-License-Identifier: ISC */
#include "common/platform.h"
#include "unix/linux/system_calls.h"

#define ARCH_SET_FS 0x1002

/* One of the calls that the sandbox lets through: applications of Solo5's may set it. */
void platform_set_tls_base(uintptr_t base)
{
	system_call_3(SYS_ARCH_PRCTL, ARCH_SET_FS, base, 0);
}
