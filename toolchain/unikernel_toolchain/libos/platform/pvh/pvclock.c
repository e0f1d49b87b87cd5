/* SPDX-License-Identifier: ISC */
/* The host says how the time stamp counter becomes nanoseconds:
 *
 *   ns = system_ns + ((rdtsc - tsc) shifted by `shift`) * scale / 2^32
 *
 * It makes `version` odd before it changes the rest and even again behind: who reads the
 * same even number before and after has read one state. The host
 * writes while the CPU that reads is stopped, between two of its instructions.
 */
#include "pvclock.h"
#include "x86_64/common/x86.h"

#define SECOND_NS 1000000000u

static uint64_t shifted(uint64_t value, int shift)
{
	return shift < 0 ? value >> -shift : value << shift;
}

uint64_t pvclock_tsc_hz(const volatile struct pvclock *clock)
{
	return shifted(((uint64_t)SECOND_NS << 32) / clock->scale, -clock->shift);
}

static uint64_t read_ns(const volatile struct pvclock *clock)
{
	uint64_t count = shifted(rdtsc() - clock->tsc, clock->shift);
	return clock->system_ns +
	       (uint64_t)(((unsigned __int128)count * clock->scale) >> 32);
}

uint64_t pvclock_ns(const volatile struct pvclock *clock)
{
	uint32_t version;
	uint64_t now;
	do {
		version = clock->version & ~1u; /* odd: differs below */
		now = read_ns(clock);
	} while (version != clock->version);
	return now;
}
