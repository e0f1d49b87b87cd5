/* SPDX-License-Identifier: ISC */
/* Block devices: requests to and from the queue (virtio 1.1, section 5.2.6). A request is
 * one chain of descriptors:
 *
 *   header (16 bytes: what, where) | the guest's own buffers | status (1 byte)
 *
 * Header and status are in a slot, of which there are as many as the shortest chains that
 * fit. Under emulation telling the device costs as much as thousands of instructions: it
 * is told once for all requests of a turn, and joins those of neighbouring sectors. */
#include "block.h"
#include "machine/memory.h"

#define REQUEST_QUEUE 0
#define CHAIN_LEAST 2 /* header and status */

#define SIZE_IN_SMALL 32 /* descriptors, in little memory */

#define STATUS_OK 0
#define STATUS_NONE 0xff /* what no device writes */

/* Types of requests, in the order of enum block_operation. */
static const uint32_t types[] = {0, 1, 4, 11};

/* struct virtio_blk_discard_write_zeroes */
struct discard {
	uint64_t sector;
	uint32_t sectors, flags;
};

struct slot {
	struct {
		uint32_t type, reserved;
		uint64_t sector;
	} header;
	struct discard discard;
	uint8_t status;
	void *token;
	struct slot *next;
};

struct block blocks[BLOCKS_MAX];

static struct block *block_behind(const struct wait_source *source)
{
	return (struct block *)((char *)(uintptr_t)source -
				offsetof(struct block, source));
}

static unikernel_ready_t ready(const struct wait_source *source)
{
	const struct block *block = block_behind(source);
	return block->done || virtqueue_used(&block->queue) ? block->bit : 0;
}

static void flush(struct wait_source *source)
{
	struct block *block = block_behind(source);
	virtqueue_notify(block->device, &block->queue);
}

static void ask_interrupt(struct wait_source *source, unikernel_ready_t interest)
{
	struct block *block = block_behind(source);
	if (interest & block->bit)
		virtqueue_request_interrupt(&block->queue, 0);
}

static bool is_idle(const struct wait_source *source)
{
	const struct virtqueue *q = &block_behind(source)->queue;
	return virtqueue_used(q) == (uint16_t)(q->available_index - q->used_index);
}

static void put_free(struct block *block, struct slot *slot)
{
	slot->next = block->free;
	block->free = slot;
}

static uint16_t queue_size(struct virtio_device *d)
{
	uint16_t size = d->transport->queue_size_max(d, REQUEST_QUEUE);
	uint16_t most = memory_is_small() ? SIZE_IN_SMALL : VIRTQUEUE_SIZE_MAX;
	return size < most ? size : most;
}

bool block_queue_init(struct block *block, uint64_t features)
{
	uint16_t size = queue_size(block->device);
	if (size <= CHAIN_LEAST || size & (size - 1))
		return false;
	virtqueue_init(&block->queue, memory_allocate((uintptr_t)VIRTQUEUE_BYTES(size)),
		       size, features);
	uint16_t count = size / CHAIN_LEAST;
	struct slot *slots = memory_allocate(count * sizeof *slots);
	for (uint16_t i = 0; i < count; i++)
		put_free(block, &slots[i]);
	block->source.ready = ready;
	block->source.flush = flush;
	block->source.ask_interrupt = ask_interrupt;
	block->source.is_idle = is_idle;
	return virtio_set_queue(block->device, REQUEST_QUEUE, &block->queue);
}

static void fill_slot(const struct block *block, struct slot *slot,
		      const struct block_request *request)
{
	uint64_t sector = request->sector << block->sector_shift;
	bool discards = request->operation == BLOCK_DISCARD;
	slot->header.type = types[request->operation];
	slot->header.sector = discards ? 0 : sector;
	slot->discard = (struct discard){
		.sector = sector,
		.sectors = (uint32_t)(request->sectors << block->sector_shift),
	};
	slot->status = STATUS_NONE;
	slot->token = request->token;
}

/* Lays the chain out; returns how many parts the device reads, of `*count` in all. */
static unsigned fill_chain(struct virtqueue_part *chain, struct slot *slot,
			   const struct block_request *request, unsigned *count)
{
	unsigned at = 0;
	chain[at++] = (struct virtqueue_part){&slot->header, sizeof slot->header};
	for (unsigned i = 0; i < request->count; i++)
		chain[at++] = (struct virtqueue_part){request->parts[i].bytes,
						      (uint32_t)request->parts[i].length};
	if (request->operation == BLOCK_DISCARD)
		chain[at++] =
			(struct virtqueue_part){&slot->discard, sizeof slot->discard};
	chain[at] = (struct virtqueue_part){&slot->status, sizeof slot->status};
	*count = at + 1;
	return request->operation == BLOCK_READ ? 1 : at;
}

/* A device that offers no flush holds nothing back (section 5.2.6.2). */
static void finish_at_once(struct block *block, struct slot *slot)
{
	block->free = slot->next;
	slot->status = STATUS_OK;
	slot->next = block->done;
	block->done = slot;
}

unikernel_result_t platform_block_post(unsigned index,
				       const struct block_request *request)
{
	struct block *block = &blocks[index];
	struct virtqueue_part chain[BLOCK_PARTS_MAX + CHAIN_LEAST];
	struct slot *slot = block->free;
	if (!slot)
		return UNIKERNEL_AGAIN;
	fill_slot(block, slot, request);
	if (request->operation == BLOCK_FLUSH && !block->flushes) {
		finish_at_once(block, slot);
		return UNIKERNEL_OK;
	}
	unsigned count, out = fill_chain(chain, slot, request, &count);
	if (!virtqueue_add(&block->queue, chain, out, count - out, slot))
		return UNIKERNEL_AGAIN;
	block->free = slot->next;
	return UNIKERNEL_OK;
}

void *platform_block_take(unsigned index, unikernel_result_t *result)
{
	struct block *block = &blocks[index];
	struct slot *slot = block->done;
	uint32_t written;
	if (slot)
		block->done = slot->next;
	else
		slot = virtqueue_take(&block->queue, &written);
	if (!slot)
		return NULL;
	*result = slot->status == STATUS_OK ? UNIKERNEL_OK : UNIKERNEL_EUNSPEC;
	put_free(block, slot);
	return slot->token;
}

void platform_block_notify(unsigned index)
{
	struct block *block = &blocks[index];
	virtqueue_notify(block->device, &block->queue);
}
