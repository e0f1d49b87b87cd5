/* SPDX-License-Identifier: ISC */
/* blocks.h: what the block devices of all targets have in common: names, handles, and
 * looking over a request before a device gets it. */
#ifndef BLOCKS_H
#define BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "unikernel.h"

#define BLOCKS_MAX 16
#define BLOCK_FIRST_HANDLE 32 /* networks have those up to 24 */
#define BLOCK_PARTS_MAX 126   /* of one request */
#define BLOCK_REQUEST_BYTES_MAX (4u << 20)
#define BLOCK_SECTOR_LEAST 512
#define BLOCK_SECTOR_MOST (64u << 10)

enum block_operation { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH, BLOCK_DISCARD };

/* One that is within the limits of the device's info. */
struct block_request {
	enum block_operation operation;
	uint64_t sector, sectors; /* 0 of a flush */
	const struct unikernel_block_part *parts;
	unsigned count;
	void *token;
};

/* Target: readies device number `index`, which is not taken; UNIKERNEL_EUNSPEC when it is
 * not there or cannot be driven. */
unikernel_result_t platform_block_open(unsigned index, struct unikernel_block_info *info);

/* Target: queues a request; UNIKERNEL_AGAIN when the queue is full. */
unikernel_result_t platform_block_post(unsigned index,
				       const struct block_request *request);

/* Target: the size of the device now, in its sectors; 0 when it has no disk. */
uint64_t platform_block_sectors(unsigned index);

/* Target: whether the device was seen without a disk since this was asked last. */
bool platform_block_was_away(unsigned index);

/* Target: as unikernel_block_take and unikernel_block_notify. */
void *platform_block_take(unsigned index, unikernel_result_t *result);
void platform_block_notify(unsigned index);

#endif
