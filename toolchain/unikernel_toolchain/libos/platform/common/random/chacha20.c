/* SPDX-License-Identifier: ISC */
#include "chacha20.h"

#define DOUBLE_ROUNDS 10

static uint32_t rotate(uint32_t word, unsigned bits)
{
	return word << bits | word >> (32 - bits);
}

/* RFC 8439, section 2.1. */
static void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	*d = rotate(*d ^ (*a += *b), 16);
	*b = rotate(*b ^ (*c += *d), 12);
	*d = rotate(*d ^ (*a += *b), 8);
	*b = rotate(*b ^ (*c += *d), 7);
}

/* Each double round is four quarter rounds down the columns, then four along the
 * diagonals. One loop: short code costs least where it has to be translated first. */
static void rounds(uint32_t *x)
{
	for (unsigned i = 0; i < DOUBLE_ROUNDS * 8; i++) {
		unsigned column = i % 4, slant = i / 4 % 2;
		quarter_round(&x[column], &x[4 + (column + slant) % 4],
			      &x[8 + (column + 2 * slant) % 4],
			      &x[12 + (column + 3 * slant) % 4]);
	}
}

void chacha20_block(const uint32_t key[CHACHA20_KEY_WORDS], uint32_t counter,
		    uint64_t nonce, uint32_t block[CHACHA20_BLOCK_WORDS])
{
	uint32_t start[CHACHA20_BLOCK_WORDS] = {0x61707865, 0x3320646e, 0x79622d32,
						0x6b206574};
	__builtin_memcpy(start + 4, key, CHACHA20_KEY_WORDS * sizeof *key);
	start[12] = counter;
	start[13] = (uint32_t)nonce;
	start[14] = (uint32_t)(nonce >> 32);
	__builtin_memcpy(block, start, sizeof start);
	rounds(block);
	for (unsigned i = 0; i < CHACHA20_BLOCK_WORDS; i++)
		block[i] += start[i];
}
