/* SPDX-License-Identifier: ISC */
/* block_ring.h: the ring of a block device (xen/include/public/io/blkif.h). Nothing here
 * calls Xen, but for grants. */
#ifndef BLOCK_RING_H
#define BLOCK_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "block_pages.h"
#include "common/blocks.h"
#include "xen/front/front_ring.h"

#define BLOCK_RING_ORDER_MOST 2 /* pages of the ring: a power of two */
#define BLOCK_SLOTS_IN_PAGE 32
#define BLOCK_SLOTS_MOST (BLOCK_SLOTS_IN_PAGE << BLOCK_RING_ORDER_MOST)
#define BLOCK_SEGMENTS_DIRECT 11 /* BLKIF_MAX_SEGMENTS_PER_REQUEST */
#define BLOCK_SEGMENTS_MOST 128	 /* pages of a request */
#define BLOCK_REQUEST_PARTS 32
#define BLOCK_UNIT_SHIFT 9 /* the protocol counts in 512 bytes */
#define BLOCK_SLOT_NONE 0xffffu

enum block_slot_state {
	BLOCK_SLOT_FREE,
	BLOCK_SLOT_HELD, /* goes into the ring once there is one */
	BLOCK_SLOT_OUT,
	BLOCK_SLOT_DONE,
};

/* A request, from when it is posted until its token is taken back: all that is needed to
 * ask for it again. */
struct block_slot {
	void *token;
	uint64_t sector, sectors; /* of 512 bytes */
	enum block_slot_state state;
	uint8_t code; /* BLKIF_OP_* */
	bool failed;
	uint16_t next;	/* of those that are free, or done */
	uint16_t pages; /* with its bytes: the first of a list */
	uint16_t page_count;
	uint16_t table;	     /* page that lists the others, or BLOCK_PAGE_NONE */
	unsigned part_count; /* of a read: where the bytes go */
	struct unikernel_block_part parts[BLOCK_REQUEST_PARTS];
};

/* What the back end does. */
struct block_features {
	unsigned segments; /* most of a request */
	bool flush, barrier, discard;
};

struct block_ring {
	struct front_ring ring; /* `shared` is NULL while the back end is away */
	struct block_features features;
	bool holds; /* without a ring requests are held for the next; else they fail */
	bool is_broken;
	unsigned slot_count;
	uint16_t handle; /* of the device, in each request */
	struct block_slot slots[BLOCK_SLOTS_MOST];
	uint16_t free, done_first, done_last;
	struct block_pages pages;
};

/* `slots`: as many as the ring will have places. `pages`: that the pool may grow to. */
void block_ring_init(struct block_ring *b, unsigned slots, unsigned pages);

/* Begins anew on cleared pages; what is held goes out. */
void block_ring_connect(struct block_ring *b, void *shared, uint16_t domain,
			const struct block_features *features);

/* The back end is gone. `again`: what was under way is held, and asked of the next;
 * otherwise it has failed. */
void block_ring_disconnect(struct block_ring *b, bool again);

/* As platform_block_post; sectors of 512 bytes. */
unikernel_result_t block_ring_post(struct block_ring *b,
				   const struct block_request *request);

/* Takes answers. */
void block_ring_turn(struct block_ring *b);

/* As platform_block_take. */
void *block_ring_take(struct block_ring *b, unikernel_result_t *result);

static inline bool block_ring_has_done(const struct block_ring *b)
{
	return b->done_first != BLOCK_SLOT_NONE;
}

#endif
