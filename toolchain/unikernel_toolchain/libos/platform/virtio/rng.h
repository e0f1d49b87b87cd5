/* SPDX-License-Identifier: ISC */
/* rng.h: the host's random bytes, through virtio-rng (virtio 1.1, section 5.4). */
#ifndef RNG_H
#define RNG_H

#include <stdbool.h>

/* Asks the host for one buffer of bytes; does not wait. Nothing without a device. */
void rng_request(void);

/* Mixes the bytes in if they have come. */
void rng_poll(void);

/* Waits for them, at most a second or so; false when there is no device or no answer. */
bool rng_wait(void);

#endif
