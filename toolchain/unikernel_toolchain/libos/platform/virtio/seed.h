/* SPDX-License-Identifier: ISC */
/* seed.h: the first key of the random generator. */
#ifndef SEED_H
#define SEED_H

/* Mixes in what the CPU, the clock's jitter and virtio-rng give. Without a random
 * instruction it waits for virtio-rng, where there is one. */
void seed_init(void);

#endif
