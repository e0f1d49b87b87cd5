/* SPDX-License-Identifier: ISC */
/* seed.h: the first key of the random generator. */
#ifndef SEED_H
#define SEED_H

/* Mixes in what the CPU and the clock's jitter give. Without a random instruction it
 * waits for virtio-rng, where there is one; otherwise the first uk_entropy asks it. */
void seed_init(void);

#endif
