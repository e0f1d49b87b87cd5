/* SPDX-License-Identifier: ISC */
/* Block devices: what one is, told to the layer above; and unikernel_wait's functions.
 *
 * Telling the back end is a hypercall, and has another domain run: it is told once for
 * all requests of a turn. It interrupts only while the CPU halts. */
#include "block.h"
#include "common/memory_functions.h"
#include "common/report/format.h"
#include "machine/memory.h"
#include "pvh/time.h"
#include "xen/event_channel.h"

#define DISCARD_BYTES_MOST (1ull << 32)

struct block *blocks[BLOCKS_MAX];

static struct block *block_behind(const struct wait_source *source)
{
	return (struct block *)((char *)(uintptr_t)source -
				offsetof(struct block, source));
}

static uint32_t answers(const struct block *block)
{
	return block->ring.ring.shared ? front_ring_waiting(&block->ring.ring) : 0;
}

static unikernel_ready_t ready(const struct wait_source *source)
{
	const struct block *block = block_behind(source);
	return block_ring_has_done(&block->ring) || answers(block) ? block->bit : 0;
}

void block_look(struct block *block)
{
	xenstore_poll();
	if (xenbus_has_news(&block->bus))
		xenbus_step(&block->bus);
	if (block->ring.is_broken)
		xenbus_leave(&block->bus, "its back end answers what nobody asked; it is "
					  "not used any more");
}

/* Since the guest was moved no back end has come, and none may. */
static void give_up_in_time(struct block *block)
{
	if (!block->ring.holds)
		return;
	event_channel_look_again(block->holds_until_ns);
	if (time_running_ns() < block->holds_until_ns)
		return;
	print("xen: block device %u: no back end has come since the guest was moved; "
	      "what was asked of its disk has failed\n",
	      (uint64_t)block->bus.number);
	block_driver.disconnect(&block->bus, false);
}

static void notify(struct block *block)
{
	give_up_in_time(block);
	if (xenbus_has_news(&block->bus) || block->ring.is_broken)
		block_look(block);
	if (block->ring.ring.shared && front_ring_push(&block->ring.ring))
		event_channel_notify(block->port);
}

static void flush(struct wait_source *source)
{
	notify(block_behind(source));
}

static void ask_interrupt(struct wait_source *source, unikernel_ready_t interest)
{
	struct block *block = block_behind(source);
	notify(block);
	if (interest & block->bit && block->ring.ring.shared)
		front_ring_ask(&block->ring.ring, 1);
}

static bool is_idle(const struct wait_source *source)
{
	const struct block *block = block_behind(source);
	return answers(block) == front_ring_out(&block->ring.ring);
}

void block_source_init(struct block *block)
{
	block->source.ready = ready;
	block->source.flush = flush;
	block->source.ask_interrupt = ask_interrupt;
	block->source.is_idle = is_idle;
}

static void describe(const struct block *block, struct unikernel_block_info *info)
{
	const struct block_disk *disk = &block->disk;
	uint32_t pages = block->ring.features.segments;
	*info = (struct unikernel_block_info){
		.sectors = disk->sectors,
		.sector_size = disk->sector_size,
		.physical_block_size = disk->physical_block_size,
		.request_sectors = pages * SHARED_PAGE_SIZE / disk->sector_size,
		.request_parts = BLOCK_REQUEST_PARTS,
		.slots = (uint16_t)block->ring.slot_count,
		.read_only = disk->read_only,
	};
	if (block->ring.features.discard)
		info->discard_sectors =
			(uint32_t)(DISCARD_BYTES_MOST / disk->sector_size);
}

/* A device that could not be opened keeps its memory for the next attempt. */
static struct block *block_of_index(unsigned index)
{
	if (blocks[index])
		return blocks[index];
	struct block *block = unikernel_alloc(sizeof *block);
	if (!block)
		return NULL;
	memset(block, 0, sizeof *block);
	block_source_init(block);
	block->bit = (unikernel_ready_t)1 << (BLOCK_FIRST_HANDLE + index);
	return blocks[index] = block;
}

unikernel_result_t platform_block_open(unsigned index, struct unikernel_block_info *info)
{
	struct block *block = block_of_index(index);
	if (!block)
		return UNIKERNEL_EUNSPEC;
	if (!xenbus_open(&block->bus, &block_driver, index, XENBUS_CONNECTED))
		return UNIKERNEL_EUNSPEC;
	describe(block, info);
	block->is_open = true;
	wait_add(&block->source);
	return UNIKERNEL_OK;
}

uint64_t platform_block_sectors(unsigned index)
{
	struct block *block = blocks[index];
	block_look(block);
	return block->bus.stage == XENBUS_CONNECTED || block->ring.holds
		       ? block->disk.sectors
		       : 0;
}

bool platform_block_was_away(unsigned index)
{
	bool was_away = blocks[index]->was_away;
	blocks[index]->was_away = false;
	return was_away;
}

unikernel_result_t platform_block_post(unsigned index,
				       const struct block_request *request)
{
	struct block *block = blocks[index];
	struct block_request counted = *request;
	counted.sector <<= block->disk.sector_shift;
	counted.sectors <<= block->disk.sector_shift;
	return block_ring_post(&block->ring, &counted);
}

void *platform_block_take(unsigned index, unikernel_result_t *result)
{
	return block_ring_take(&blocks[index]->ring, result);
}

void platform_block_notify(unsigned index)
{
	notify(blocks[index]);
}
