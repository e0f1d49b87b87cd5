/* SPDX-License-Identifier: ISC */
/* chacha20.h: the ChaCha20 block function (RFC 8439, section 2.3). */
#ifndef CHACHA20_H
#define CHACHA20_H

#include <stdint.h>

#define CHACHA20_KEY_WORDS 8
#define CHACHA20_BLOCK_WORDS 16

/* The key stream's block number `counter`, with nonce `nonce` (96 bits, high word 0). */
void chacha20_block(const uint32_t key[CHACHA20_KEY_WORDS], uint32_t counter,
		    uint64_t nonce, uint32_t block[CHACHA20_BLOCK_WORDS]);

#endif
