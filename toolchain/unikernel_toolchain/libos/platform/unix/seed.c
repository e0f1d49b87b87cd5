/* SPDX-License-Identifier: ISC */
/* The kernel's generator seeds the guest's, once: afterwards it cannot be asked. */
#include "common/random/entropy.h"
#include "unikernel.h"
#include "unix/linux/system_calls.h"
#include "x86_64/common/cpu_random.h"

#define KEY_SIZE 32
#define CPU_WORDS 4

/* Besides, not instead: two sources are as good as the better one. */
static void mix_cpu(void)
{
	uint64_t words[CPU_WORDS];
	for (unsigned i = 0; i < CPU_WORDS; i++)
		if (!cpu_rdrand_word(&words[i]))
			return;
	entropy_mix(words, sizeof words);
}

static void seed_once(void)
{
	static bool seeded;
	uint8_t key[KEY_SIZE];
	if (seeded)
		return;
	if (system_call_3(SYS_GETRANDOM, (uintptr_t)key, sizeof key, 0) != sizeof key)
		unikernel_abort("the system gave no random bytes");
	entropy_mix(key, sizeof key);
	mix_cpu();
	seeded = true;
}

uint64_t seed_secret(void)
{
	uint64_t word;
	seed_once();
	entropy_generate(&word, sizeof word);
	return word;
}

void entropy_sources_poll(void)
{
}
