/* SPDX-License-Identifier: ISC */
/* block.h: a block device that the guest has acquired (xen/include/public/io/blkif.h). */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "block_ring.h"
#include "common/blocks.h"
#include "pvh/wait.h"
#include "xen/front/shared_page.h"
#include "xen/front/xenbus.h"

/* What the back end says that the disk is. */
struct block_disk {
	uint64_t sectors;     /* of sector_size */
	uint32_t sector_size; /* bytes */
	uint32_t physical_block_size;
	unsigned sector_shift; /* of sector_size to 512 bytes */
	bool read_only;
};

struct block {
	struct xenbus_device bus; /* first: a driver's functions get it */
	bool is_open;
	struct shared_page ring_pages[1 << BLOCK_RING_ORDER_MOST];
	unsigned ring_order;
	uint32_t port;
	struct block_ring ring;
	struct block_disk disk;
	uint64_t holds_until_ns; /* running time at which what the ring holds fails */
	bool was_away;		 /* its disk went, and nobody was told so far */
	struct wait_source source;
	unikernel_ready_t bit;
};

extern struct block *blocks[BLOCKS_MAX]; /* NULL, or not open: not acquired */

/* Readies the functions that unikernel_wait calls. */
void block_source_init(struct block *block);

/* Sees to what the back end has changed. */
void block_look(struct block *block);

extern const struct xenbus_driver block_driver;

#endif
