/* SPDX-License-Identifier: ISC */
#ifndef SOLO5_BLOCK_H
#define SOLO5_BLOCK_H

#include <stddef.h>

/* How much of a heap stays for the block devices of the manifest. */
size_t solo5_block_memory(void);

#endif
