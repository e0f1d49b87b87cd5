/* SPDX-License-Identifier: ISC */
#include "cpu_random.h"
#include "x86.h"

#define TRIES 100

static bool rdseed(uint64_t *word)
{
	bool ok;
	__asm__ volatile("rdseed %0" : "=r"(*word), "=@ccc"(ok));
	return ok;
}

static bool rdrand(uint64_t *word)
{
	bool ok;
	__asm__ volatile("rdrand %0" : "=r"(*word), "=@ccc"(ok));
	return ok;
}

static bool from_cpu(bool (*instruction)(uint64_t *), uint64_t *word)
{
	for (unsigned i = 0; i < TRIES; i++)
		if (instruction(word))
			return true;
	return false;
}

bool cpu_random_word(uint64_t *word)
{
	if (cpuid(0).eax >= 7 && cpuid(7).ebx & CPUID_7_EBX_RDSEED &&
	    from_cpu(rdseed, word))
		return true;
	return cpuid(1).ecx & CPUID_1_ECX_RDRAND && from_cpu(rdrand, word);
}
