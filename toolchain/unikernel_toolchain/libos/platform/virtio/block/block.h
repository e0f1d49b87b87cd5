/* SPDX-License-Identifier: ISC */
/* block.h: a block device that the guest has acquired (virtio 1.1, section 5.2). */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/blocks.h"
#include "pvh/wait.h"
#include "virtio/virtio.h"
#include "virtio/virtqueue.h"

struct slot; /* of a request under way */

struct block {
	struct virtio_device *device; /* NULL: not acquired */
	struct virtqueue queue;
	struct wait_source source;
	unikernel_ready_t bit;
	unsigned
		sector_shift; /* of its sectors to those of 512 bytes that it counts in */
	bool flushes;	      /* it may hold back what was written */
	bool has_disk;	      /* when it was last looked at */
	bool was_away;	      /* its disk went, and nobody was told so far */
	uint32_t generation;  /* of its configuration, when it was last looked at */
	struct slot *free, *done; /* done without the device */
};

extern struct block blocks[BLOCKS_MAX];

/* Readies the queue's part of a device whose features are agreed on. */
bool block_queue_init(struct block *block, uint64_t features);

#endif
