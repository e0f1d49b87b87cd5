/* SPDX-License-Identifier: ISC */
/* cpu_random.h: random words from the processor. */
#ifndef CPU_RANDOM_H
#define CPU_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* False when the processor has no random instruction, or it gave nothing. */
bool cpu_random_word(uint64_t *word);

#endif
