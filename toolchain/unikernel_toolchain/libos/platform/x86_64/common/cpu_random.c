/* SPDX-License-Identifier: ISC */
/* RDSEED gives entropy as it comes and may have none for a while; RDRAND stretches it
 * and hardly ever fails. CPUID leaves the guest under a hypervisor, which takes as long
 * as thousands of instructions: the answers are kept.
 */
#include "cpu_random.h"
#include "x86.h"

#define TRIES 100

enum answer { NOT_ASKED, HAS, HAS_NOT };

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

static bool has_rdseed(void)
{
	static enum answer answer;
	if (answer == NOT_ASKED)
		answer = cpuid(0).eax >= 7 && cpuid(7).ebx & CPUID_7_EBX_RDSEED ? HAS
										: HAS_NOT;
	return answer == HAS;
}

static bool has_rdrand(void)
{
	static enum answer answer;
	if (answer == NOT_ASKED)
		answer = cpuid(1).ecx & CPUID_1_ECX_RDRAND ? HAS : HAS_NOT;
	return answer == HAS;
}

static bool from_cpu(bool (*instruction)(uint64_t *), uint64_t *word)
{
	for (unsigned i = 0; i < TRIES; i++)
		if (instruction(word))
			return true;
	return false;
}

bool cpu_rdrand_word(uint64_t *word)
{
	return has_rdrand() && from_cpu(rdrand, word);
}

bool cpu_random_word(uint64_t *word)
{
	return (has_rdseed() && from_cpu(rdseed, word)) || cpu_rdrand_word(word);
}
