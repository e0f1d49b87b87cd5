/* SPDX-License-Identifier: ISC */
/* Xen's leaves of CPUID begin at 0x40000000, or a multiple of 0x100 above it where it
 * plays another hypervisor as well (xen/include/public/arch-x86/cpuid.h). */
#include "hypercall.h"
#include "unikernel.h"
#include "x86_64/common/x86.h"

#include <arch-x86/cpuid.h>

#define LEAVES_STEP 0x100
#define LEAVES_LAST (XEN_CPUID_FIRST_LEAF + 0xff00)
/* EAX: how many pages; EBX: the register that takes their address. */
#define LEAF_HYPERCALLS 2

extern const char hypercall_page[];

static uint32_t first_leaf(void)
{
	for (uint32_t leaf = XEN_CPUID_FIRST_LEAF; leaf <= LEAVES_LAST;
	     leaf += LEAVES_STEP) {
		struct cpuid who = cpuid(leaf);
		if (who.ebx == XEN_CPUID_SIGNATURE_EBX &&
		    who.ecx == XEN_CPUID_SIGNATURE_ECX &&
		    who.edx == XEN_CPUID_SIGNATURE_EDX)
			return leaf;
	}
	return 0;
}

bool hypercall_init(void)
{
	uint32_t leaf = first_leaf();
	if (!leaf)
		return false;
	wrmsr(cpuid(leaf + LEAF_HYPERCALLS).ebx, (uintptr_t)hypercall_page);
	return true;
}
