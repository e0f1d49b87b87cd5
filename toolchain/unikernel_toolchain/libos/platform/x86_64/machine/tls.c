/* SPDX-License-Identifier: ISC */
#include "common/platform.h"
#include "x86_64/common/x86.h"

void platform_set_tls_base(uintptr_t base)
{
	wrmsr(MSR_FS_BASE, base);
}
