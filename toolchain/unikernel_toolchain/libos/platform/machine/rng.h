/* SPDX-License-Identifier: ISC */
/* rng.h: the host's random bytes. A machine's folder defines it: virtio-rng (virtio 1.1,
 * section 5.4), or nothing. */
#ifndef RNG_H
#define RNG_H

#include <stdbool.h>

/* The first call asks the host for one buffer of bytes; later ones mix it in once it
 * has come. Never waits. */
void rng_poll(void);

/* Has the host do something small. */
void rng_leave_guest(void);

/* Waits for them, at most a second or so; false when there is no device or no answer. */
bool rng_wait(void);

#endif
