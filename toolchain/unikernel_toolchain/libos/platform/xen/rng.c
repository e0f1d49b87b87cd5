/* SPDX-License-Identifier: ISC */
/* Xen has no device of random bytes: there are the processor's, and time. */
#include "machine/rng.h"
#include "hypercall.h"

#include <version.h>
#include <xen.h>

void rng_poll(void)
{
}

bool rng_wait(void)
{
	return false;
}

void rng_leave_guest(void)
{
	hypercall2(__HYPERVISOR_xen_version, XENVER_version, 0);
}
