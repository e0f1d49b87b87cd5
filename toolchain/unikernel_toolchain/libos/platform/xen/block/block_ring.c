/* SPDX-License-Identifier: ISC */
/* Requests that are posted, and the answers to them.
 *
 *   free ──post──▶ held ──there is a ring──▶ out ──answer──▶ done ──take──▶ free
 *                    ▲                        │
 *                    └── the guest was moved ─┘
 *
 * A segment is a part of one page, in steps of 512 bytes; buffers are at any address and
 * of any length. All are copied: what the back end reaches is pages of its own, which
 * stay granted, and mapped where it likes. There are as many slots as places in the ring.
 */
#include "block_ring.h"
#include "common/memory_functions.h"

#include <io/blkif.h>

#define UNIT (1u << BLOCK_UNIT_SHIFT)
#define UNITS_IN_PAGE (SHARED_PAGE_SIZE / UNIT)

static struct shared_page *page_of(struct block_ring *b, uint16_t page)
{
	return &b->pages.all[page].page;
}

static uint16_t number_of(const struct block_ring *b, const struct block_slot *slot)
{
	return (uint16_t)(slot - b->slots);
}

static void put_free(struct block_ring *b, struct block_slot *slot)
{
	slot->state = BLOCK_SLOT_FREE;
	slot->next = b->free;
	b->free = number_of(b, slot);
}

static void put_done(struct block_ring *b, struct block_slot *slot, bool failed)
{
	uint16_t number = number_of(b, slot);
	slot->state = BLOCK_SLOT_DONE;
	slot->failed = failed;
	slot->next = BLOCK_SLOT_NONE;
	if (b->done_first == BLOCK_SLOT_NONE)
		b->done_first = number;
	else
		b->slots[b->done_last].next = number;
	b->done_last = number;
}

void block_ring_init(struct block_ring *b, unsigned slots, unsigned pages)
{
	b->slot_count = slots;
	b->free = b->done_first = BLOCK_SLOT_NONE;
	for (unsigned i = slots; i-- > 0;)
		put_free(b, &b->slots[i]);
	block_pages_init(&b->pages, pages);
}

/* Copies between the request's pages and the buffers of its parts. */
static void copy(struct block_ring *b, const struct block_slot *slot,
		 const struct unikernel_block_part *parts, unsigned count, bool to_pages)
{
	uint16_t page = slot->pages;
	size_t at = 0;
	for (unsigned i = 0; i < count; i++) {
		char *bytes = parts[i].bytes;
		for (size_t left = parts[i].length; left;) {
			if (at == SHARED_PAGE_SIZE) {
				page = b->pages.all[page].next;
				at = 0;
			}
			size_t size = SHARED_PAGE_SIZE - at < left ? SHARED_PAGE_SIZE - at
								   : left;
			char *shared = (char *)page_of(b, page)->bytes + at;
			memcpy(to_pages ? shared : bytes, to_pages ? bytes : shared,
			       size);
			at += size;
			bytes += size;
			left -= size;
		}
	}
}

/* Every page is full but the last. */
static void fill_segments(struct block_ring *b, struct blkif_request_segment *segments,
			  unsigned count, const struct block_slot *slot)
{
	uint16_t page = slot->pages;
	uint64_t units = slot->sectors;
	for (unsigned i = 0; i < count; i++, page = b->pages.all[page].next) {
		uint64_t here = units < UNITS_IN_PAGE ? units : UNITS_IN_PAGE;
		segments[i] = (struct blkif_request_segment){
			.gref = page_of(b, page)->grant,
			.first_sect = 0,
			.last_sect = (uint8_t)(here - 1),
		};
		units -= here;
	}
}

union request {
	struct blkif_request direct;
	struct blkif_request_indirect indirect;
	struct blkif_request_discard discard;
};

static void fill_request(struct block_ring *b, const struct block_slot *slot,
			 union request *r)
{
	if (slot->code == BLKIF_OP_DISCARD) {
		r->discard = (struct blkif_request_discard){
			.operation = slot->code,
			.handle = b->handle,
			.sector_number = slot->sector,
			.nr_sectors = slot->sectors,
		};
	} else if (slot->table != BLOCK_PAGE_NONE) {
		r->indirect = (struct blkif_request_indirect){
			.operation = BLKIF_OP_INDIRECT,
			.indirect_op = slot->code,
			.nr_segments = slot->page_count,
			.handle = b->handle,
			.sector_number = slot->sector,
			.indirect_grefs = {page_of(b, slot->table)->grant},
		};
		fill_segments(b, page_of(b, slot->table)->bytes, slot->page_count, slot);
	} else {
		r->direct = (struct blkif_request){
			.operation = slot->code,
			.nr_segments = (uint8_t)slot->page_count,
			.handle = b->handle,
			.sector_number = slot->sector,
		};
		fill_segments(b, r->direct.seg, slot->page_count, slot);
	}
	r->direct.id = number_of(b, slot); /* at the same place in all three */
}

static void send(struct block_ring *b, struct block_slot *slot)
{
	union request request = {.direct = {0}};
	fill_request(b, slot, &request);
	/* the address is of shared memory, but nobody looks before the push */
	memcpy((void *)(uintptr_t)front_ring_entry(&b->ring, b->ring.requests,
						   sizeof(union blkif_sring_entry)),
	       &request, sizeof request);
	b->ring.requests++;
	slot->state = BLOCK_SLOT_OUT;
}

/* A request that grants can no longer be had for has failed. */
static void send_held(struct block_ring *b, struct block_slot *slot)
{
	if (block_pages_grant(&b->pages, slot->pages) &&
	    block_pages_grant(&b->pages, slot->table))
		send(b, slot);
	else
		put_done(b, slot, true);
}

void block_ring_connect(struct block_ring *b, void *shared, uint16_t domain,
			const struct block_features *features)
{
	front_ring_init(&b->ring, shared, b->slot_count);
	b->pages.domain = domain;
	b->features = *features;
	b->holds = false;
	for (unsigned i = 0; i < b->slot_count; i++)
		if (b->slots[i].state == BLOCK_SLOT_HELD)
			send_held(b, &b->slots[i]);
}

void block_ring_disconnect(struct block_ring *b, bool again)
{
	b->ring.shared = NULL;
	b->is_broken = false;
	b->holds = again;
	for (unsigned i = 0; i < b->slot_count; i++) {
		struct block_slot *slot = &b->slots[i];
		if (slot->state != BLOCK_SLOT_OUT && slot->state != BLOCK_SLOT_HELD)
			continue;
		if (again)
			slot->state = BLOCK_SLOT_HELD;
		else
			put_done(b, slot, true);
	}
}

/* What a request is to the back end; a flush that it does not offer is a barrier, and
 * without that there is nothing to flush. */
static uint8_t code_of(const struct block_ring *b, enum block_operation operation)
{
	switch (operation) {
	case BLOCK_READ:
		return BLKIF_OP_READ;
	case BLOCK_WRITE:
		return BLKIF_OP_WRITE;
	case BLOCK_DISCARD:
		return BLKIF_OP_DISCARD;
	default:
		return b->features.flush ? BLKIF_OP_FLUSH_DISKCACHE
					 : BLKIF_OP_WRITE_BARRIER;
	}
}

/* Takes pages for the request's bytes, and a table where there are many. */
static bool take_pages(struct block_ring *b, struct block_slot *slot, size_t bytes)
{
	slot->page_count = (uint16_t)((bytes + SHARED_PAGE_SIZE - 1) / SHARED_PAGE_SIZE);
	slot->pages = slot->table = BLOCK_PAGE_NONE;
	if (!slot->page_count)
		return true;
	if (slot->page_count > BLOCK_SEGMENTS_DIRECT) {
		slot->table = block_pages_take(&b->pages, 1);
		if (slot->table == BLOCK_PAGE_NONE)
			return false;
	}
	slot->pages = block_pages_take(&b->pages, slot->page_count);
	if (slot->pages == BLOCK_PAGE_NONE)
		block_pages_put(&b->pages, slot->table);
	return slot->pages != BLOCK_PAGE_NONE;
}

static bool fill_slot(struct block_ring *b, struct block_slot *slot,
		      const struct block_request *request)
{
	bool transfers = request->operation <= BLOCK_WRITE;
	if (!take_pages(b, slot, transfers ? request->sectors << BLOCK_UNIT_SHIFT : 0))
		return false;
	slot->token = request->token;
	slot->sector = request->sector;
	slot->sectors = request->sectors;
	slot->code = code_of(b, request->operation);
	slot->part_count = 0;
	if (request->operation == BLOCK_WRITE)
		copy(b, slot, request->parts, request->count, true);
	if (request->operation != BLOCK_READ)
		return true;
	slot->part_count = request->count;
	for (unsigned i = 0; i < request->count; i++)
		slot->parts[i] = request->parts[i];
	return true;
}

unikernel_result_t block_ring_post(struct block_ring *b,
				   const struct block_request *request)
{
	bool needs_flush = b->features.flush || b->features.barrier;
	if (b->free == BLOCK_SLOT_NONE)
		return UNIKERNEL_AGAIN;
	struct block_slot *slot = &b->slots[b->free];
	if (!fill_slot(b, slot, request))
		return UNIKERNEL_AGAIN;
	b->free = slot->next;
	if (!b->ring.shared && !b->holds)
		put_done(b, slot, true);
	else if (request->operation == BLOCK_FLUSH && !needs_flush)
		put_done(b, slot, false);
	else if (b->ring.shared)
		send(b, slot);
	else
		slot->state = BLOCK_SLOT_HELD;
	return UNIKERNEL_OK;
}

/* False: of no request that is out. */
static bool take_answer(struct block_ring *b)
{
	volatile struct blkif_response *response = front_ring_entry(
		&b->ring, b->ring.responses++, sizeof(union blkif_sring_entry));
	uint64_t id = response->id;
	int16_t status = response->status;
	if (id >= b->slot_count || b->slots[id].state != BLOCK_SLOT_OUT)
		return false;
	struct block_slot *slot = &b->slots[id];
	if (status == BLKIF_RSP_OKAY)
		copy(b, slot, slot->parts, slot->part_count, false);
	put_done(b, slot, status != BLKIF_RSP_OKAY);
	return true;
}

void block_ring_turn(struct block_ring *b)
{
	uint32_t waiting = b->ring.shared ? front_ring_waiting(&b->ring) : 0;
	if (waiting == FRONT_RING_BROKEN)
		b->is_broken = true;
	for (; !b->is_broken && waiting; waiting--)
		b->is_broken = !take_answer(b);
}

void *block_ring_take(struct block_ring *b, unikernel_result_t *result)
{
	if (!block_ring_has_done(b))
		block_ring_turn(b);
	if (!block_ring_has_done(b))
		return NULL;
	struct block_slot *slot = &b->slots[b->done_first];
	b->done_first = slot->next;
	block_pages_put(&b->pages, slot->pages);
	block_pages_put(&b->pages, slot->table);
	*result = slot->failed ? UNIKERNEL_EUNSPEC : UNIKERNEL_OK;
	put_free(b, slot);
	return slot->token;
}
