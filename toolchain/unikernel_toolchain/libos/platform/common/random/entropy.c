/* SPDX-License-Identifier: ISC */
#include "entropy.h"
#include "chacha20.h"
#include "common/memory_functions.h"
#include "unikernel.h"

#define KEY_SIZE (CHACHA20_KEY_WORDS * sizeof(uint32_t))
#define BLOCK_SIZE (CHACHA20_BLOCK_WORDS * sizeof(uint32_t))

enum purpose { OUTPUT, MIXING }; /* nonces */

static uint32_t key[CHACHA20_KEY_WORDS];

/* Keeps the compiler from dropping stores to secrets that nobody reads again. */
static inline void forget(void *secret, size_t size)
{
	__builtin_memset(secret, 0, size);
	__asm__ volatile("" : : "r"(secret) : "memory");
}

/* Key := first half of a block under (key XOR bytes). What was in the key cannot be got
 * rid of by whatever is mixed in. */
void entropy_mix(const void *bytes, size_t size)
{
	uint32_t block[CHACHA20_BLOCK_WORDS];
	const uint8_t *next = bytes;
	while (size) {
		size_t part = size < KEY_SIZE ? size : KEY_SIZE;
		for (size_t i = 0; i < part; i++)
			((uint8_t *)key)[i] ^= next[i];
		chacha20_block(key, 0, MIXING, block);
		__builtin_memcpy(key, block, KEY_SIZE);
		next += part;
		size -= part;
	}
	forget(block, sizeof block);
}

/* The first block is a new key and, behind it, the first bytes of output: a short request
 * costs one block. */
void entropy_generate(void *buffer, size_t length)
{
	uint32_t old_key[CHACHA20_KEY_WORDS], block[CHACHA20_BLOCK_WORDS];
	__builtin_memcpy(old_key, key, KEY_SIZE);
	chacha20_block(old_key, 0, OUTPUT, block);
	__builtin_memcpy(key, block, KEY_SIZE);
	uint8_t *to = buffer;
	size_t part = length < BLOCK_SIZE - KEY_SIZE ? length : BLOCK_SIZE - KEY_SIZE;
	memcpy(to, block + CHACHA20_KEY_WORDS, part);
	for (uint32_t counter = 1; part < length; counter++) {
		to += part;
		length -= part;
		part = length < BLOCK_SIZE ? length : BLOCK_SIZE;
		chacha20_block(old_key, counter, OUTPUT, block);
		memcpy(to, block, part);
	}
	forget(old_key, sizeof old_key);
	forget(block, sizeof block);
}

void unikernel_entropy(void *buffer, size_t length)
{
	entropy_sources_poll();
	entropy_generate(buffer, length);
}
