/* SPDX-License-Identifier: ISC */
#include "entropy.h"
#include "lapic.h"
#include "rng.h"
#include "x86.h"

#define CPU_WORDS 4 /* a whole key */
#define CPU_TRIES 100
#define JITTER_SAMPLES 32
#define JITTER_SAMPLES_ALONE 2048

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
	for (unsigned i = 0; i < CPU_TRIES; i++)
		if (instruction(word))
			return true;
	return false;
}

static bool cpu_word(uint64_t *word)
{
	if (cpuid(0).eax >= 7 && cpuid(7).ebx & CPUID_7_EBX_RDSEED &&
	    from_cpu(rdseed, word))
		return true;
	return cpuid(1).ecx & CPUID_1_ECX_RDRAND && from_cpu(rdrand, word);
}

static bool mix_cpu(void)
{
	uint64_t words[CPU_WORDS + 1] = {rdtsc()};
	for (unsigned i = 1; i <= CPU_WORDS; i++)
		if (!cpu_word(&words[i]))
			return false;
	entropy_mix(words, sizeof words);
	return true;
}

/* How long a device register takes to read varies with all that the host does. */
static void mix_jitter(unsigned samples)
{
	lapic_init();
	uint8_t low[JITTER_SAMPLES];
	while (samples) {
		for (unsigned i = 0; i < JITTER_SAMPLES; i++) {
			lapic_timer_count();
			low[i] = (uint8_t)rdtsc();
		}
		entropy_mix(low, sizeof low);
		samples -= JITTER_SAMPLES;
	}
	uint64_t now = rdtsc();
	entropy_mix(&now, sizeof now);
}

static void seed_once(void)
{
	static bool seeded;
	if (seeded)
		return;
	seeded = true;
	if (mix_cpu())
		return;
	mix_jitter(JITTER_SAMPLES);
	if (!rng_wait())
		mix_jitter(JITTER_SAMPLES_ALONE);
}

uint64_t seed_secret(void)
{
	uint64_t word;
	if (cpu_word(&word))
		return word ^ rdtsc();
	seed_once();
	entropy_generate(&word, sizeof word);
	return word;
}

void entropy_sources_poll(void)
{
	seed_once();
	rng_poll();
}
