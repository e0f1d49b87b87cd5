/* SPDX-License-Identifier: ISC */
/* What the generator starts from, best first: the processor's random instruction; else
 * the host's random bytes, with some jitter of its own timing; else jitter alone.
 * Nothing is asked for before somebody wants a random byte or a secret.
 */
#include "common/random/entropy.h"
#include "machine/rng.h"
#include "x86_64/common/cpu_random.h"
#include "x86_64/common/x86.h"

#define CPU_WORDS 4 /* a whole key */
#define JITTER_SAMPLES 32
#define JITTER_SAMPLES_ALONE 2048

static bool mix_cpu(void)
{
	uint64_t words[CPU_WORDS + 1] = {rdtsc()};
	for (unsigned i = 1; i <= CPU_WORDS; i++)
		if (!cpu_random_word(&words[i]))
			return false;
	entropy_mix(words, sizeof words);
	return true;
}

/* How long it takes to leave the guest varies with all that the host does. One
 * sample is worth little; that nobody counts on more is why there are so many where
 * nothing else is to be had. */
static void mix_jitter(unsigned samples)
{
	uint8_t low[JITTER_SAMPLES];
	while (samples) {
		for (unsigned i = 0; i < JITTER_SAMPLES; i++) {
			rng_leave_guest();
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
	if (cpu_random_word(&word))
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
