/* SPDX-License-Identifier: ISC */
/* files.h: the files that are the block devices of a process.
 *
 * UNIKERNEL_BLOCK_0, UNIKERNEL_BLOCK_1 ...: file:FD, a descriptor of a regular file or of
 * a block device of Linux, open for reading and writing, or for reading: then nothing is
 * written. A file has sectors of 512 bytes, as many as are whole. */
#ifndef FILES_H
#define FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/blocks.h"

struct file {
	bool present;
	bool read_only;
	int descriptor;
	uint64_t bytes;
	uint32_t sector_size, physical_block_size;
};

extern struct file files[BLOCKS_MAX];

/* Reads the variables, asks what each file is, and has its descriptor kept and allowed.
 */
void files_init(void);

#endif
