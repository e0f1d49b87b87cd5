/* SPDX-License-Identifier: ISC */
#include "seed.h"
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

static bool mix_from(bool (*instruction)(uint64_t *))
{
	uint64_t words[CPU_WORDS];
	unsigned got = 0;
	for (unsigned i = 0; i < CPU_TRIES && got < CPU_WORDS; i++)
		got += instruction(&words[got]);
	entropy_mix(words, got * sizeof *words);
	return got == CPU_WORDS;
}

static bool mix_cpu(void)
{
	bool seeded = false;
	if (cpuid(0).eax >= 7 && cpuid(7).ebx & CPUID_7_EBX_RDSEED)
		seeded = mix_from(rdseed);
	if (!seeded && cpuid(1).ecx & CPUID_1_ECX_RDRAND)
		seeded = mix_from(rdrand);
	return seeded;
}

/* How long a device register takes to read varies with all that the host does. */
static void mix_jitter(unsigned samples)
{
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

void seed_init(void)
{
	bool seeded = mix_cpu();
	mix_jitter(JITTER_SAMPLES);
	if (!seeded && !rng_wait())
		mix_jitter(JITTER_SAMPLES_ALONE);
}

void entropy_sources_poll(void)
{
	rng_poll();
}
