/* SPDX-License-Identifier: ISC */
#include "chacha20.h"
#include "memory_functions.h"

#define DOUBLE_ROUNDS 10

static uint32_t rotate(uint32_t word, unsigned bits)
{
	return word << bits | word >> (32 - bits);
}

static void quarter_round(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
	x[d] = rotate(x[d] ^ (x[a] += x[b]), 16);
	x[b] = rotate(x[b] ^ (x[c] += x[d]), 12);
	x[d] = rotate(x[d] ^ (x[a] += x[b]), 8);
	x[b] = rotate(x[b] ^ (x[c] += x[d]), 7);
}

static void double_round(uint32_t *x)
{
	for (unsigned i = 0; i < 4; i++)
		quarter_round(x, i, 4 + i, 8 + i, 12 + i);
	for (unsigned i = 0; i < 4; i++)
		quarter_round(x, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
}

void chacha20_block(const uint32_t key[CHACHA20_KEY_WORDS], uint32_t counter,
		    uint64_t nonce, uint32_t block[CHACHA20_BLOCK_WORDS])
{
	uint32_t start[CHACHA20_BLOCK_WORDS] = {0x61707865, 0x3320646e, 0x79622d32,
						0x6b206574};
	memcpy(start + 4, key, CHACHA20_KEY_WORDS * sizeof *key);
	start[12] = counter;
	start[13] = (uint32_t)nonce;
	start[14] = (uint32_t)(nonce >> 32);
	memcpy(block, start, sizeof start);
	for (unsigned i = 0; i < DOUBLE_ROUNDS; i++)
		double_round(block);
	for (unsigned i = 0; i < CHACHA20_BLOCK_WORDS; i++)
		block[i] += start[i];
}
