/* SPDX-License-Identifier: ISC */
#include "common/platform.h"
#include "x86_64/common/x86.h"

/* FSGSBASE's instruction is not on every processor, and this is rare. */
void platform_set_tls_base(uintptr_t base)
{
	wrmsr(MSR_FS_BASE, base);
}
