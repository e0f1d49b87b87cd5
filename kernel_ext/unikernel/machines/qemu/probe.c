/* SPDX-License-Identifier: ISC */
/* The probe guest: proves to the host that its hypervisor runs guests of this library OS.
 * To come here at all took long mode and page tables; the rest is tried one by one. The
 * exit status says what did not work. */
#include <stdbool.h>

#include "unikernel.h"

#define PROOF 42 /* probe.py knows it */
#define SLEEP_NS 1000000u
#define YEAR_2020_NS 1577836800000000000u

enum { NO_VECTORS = 1, NO_SLEEP, NO_DATE };

typedef float vector __attribute__((vector_size(16)));

/* SSE: what the compiler makes of any C that copies or computes. Volatile, so that it is
 * done here and not by the compiler. */
static bool vectors_add(void)
{
	volatile vector a = {1, 2, 3, 4}, b = {4, 3, 2, 1};
	vector sum = a + b;
	return sum[0] == 5 && sum[1] == 5 && sum[2] == 5 && sum[3] == 5;
}

/* A timer whose interrupt ends a halt, and a clock that agrees. */
static bool sleeps(void)
{
	uint64_t deadline = unikernel_clock_monotonic() + SLEEP_NS;
	unikernel_wait(0, deadline);
	return unikernel_clock_monotonic() >= deadline;
}

int unikernel_main(const struct unikernel_start_info *info)
{
	(void)info;
	if (!vectors_add())
		return NO_VECTORS;
	if (!sleeps())
		return NO_SLEEP;
	return unikernel_clock_wall() > YEAR_2020_NS ? PROOF : NO_DATE;
}
