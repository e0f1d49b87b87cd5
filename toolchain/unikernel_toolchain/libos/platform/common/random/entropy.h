/* SPDX-License-Identifier: ISC */
/* entropy.h: one generator for the guest, fed by whatever sources a target has.
 *
 * ChaCha20 with fast key erasure: every request replaces the key before its bytes are
 * handed out, so that a later look at memory tells nothing about earlier output.
 */
#ifndef ENTROPY_H
#define ENTROPY_H

#include <stddef.h>
#include <stdint.h>

/* Mixes `size` bytes into the key; may be called at any time, with any quality. */
void entropy_mix(const void *bytes, size_t size);

/* unikernel_entropy without a look at the sources first; needs a seeded generator. */
void entropy_generate(void *buffer, size_t length);

/* Target: a random word for a secret of the platform itself: straight from the CPU where
 * it has a random instruction, else from the generator, which is seeded then; that may
 * wait for the host, a second or so. */
uint64_t seed_secret(void);

/* Target: mixes in what its sources delivered since the last call, at the first one
 * a whole seed. Must not wait once seed_secret has returned. */
void entropy_sources_poll(void);

#endif
