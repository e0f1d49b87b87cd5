/* SPDX-License-Identifier: ISC */
/* cpu_random.h: random words from the processor. False when it has no such instruction,
 * or that gave nothing. To ask what it has is slow under a hypervisor: once each. */
#ifndef CPU_RANDOM_H
#define CPU_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* RDSEED, else RDRAND. */
bool cpu_random_word(uint64_t *word);

bool cpu_rdrand_word(uint64_t *word);

#endif
