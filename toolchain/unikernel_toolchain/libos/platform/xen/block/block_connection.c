/* SPDX-License-Identifier: ISC */
/* Block devices: agreeing with a back end on what it does, and reading what the disk is.
 *
 * Sectors are told in two units: sector-size is what the disk's requests must be whole
 * in, and everything that is counted is counted in 512 bytes, as all back ends do that
 * people have (Linux's, QEMU's), whatever blkif.h says of "sectors".
 *
 * A back end that comes anew may have another disk: what the application was told of
 * sizes once must fit. After the guest was moved it has the same one, and is asked again
 * what was under way. */
#include "block.h"
#include "common/memory_functions.h"
#include "machine/memory.h"
#include "pvh/time.h"
#include "xen/event_channel.h"

#include <io/blkif.h>
#include <io/xenbus.h>

#define PAGES_IN_SMALL 80 /* of requests' bytes, in little memory */
#define SEGMENTS_IN_SMALL 32

/* The ring's size is the application's number of slots: it stays. */
static bool agree_on_ring(struct block *block)
{
	uint64_t most =
		xenbus_back_number(&block->bus, "max-ring-page-order", UINT32_MAX, 0);
	unsigned order = memory_is_small() ? 0 : BLOCK_RING_ORDER_MOST;
	if (block->ring.slot_count)
		return block->ring_order <= most;
	if (order > most)
		order = (unsigned)most;
	block->ring_order = order;
	block_ring_init(&block->ring, BLOCK_SLOTS_IN_PAGE << order,
			memory_is_small() ? PAGES_IN_SMALL : BLOCK_PAGES_MOST);
	return true;
}

/* Pages that lie one behind the other, as one ring needs them. */
static bool make_ring_pages(struct block *block)
{
	unsigned count = 1u << block->ring_order;
	bool kept = true;
	for (unsigned i = 0; i < count; i++) {
		const void *before = block->ring_pages[i].bytes;
		shared_page_end(&block->ring_pages[i]);
		kept = kept && before && before == block->ring_pages[i].bytes;
	}
	if (!kept && !shared_pages_allocate(block->ring_pages, count))
		return false;
	memset(block->ring_pages[0].bytes, 0, (size_t)count * SHARED_PAGE_SIZE);
	for (unsigned i = 0; i < count; i++)
		if (!shared_page_grant(&block->ring_pages[i], block->bus.back_domain,
				       false))
			return false;
	return true;
}

static bool publish(struct xenbus_device *bus)
{
	struct block *block = (struct block *)bus;
	if (!agree_on_ring(block) || !make_ring_pages(block))
		return false;
	block->ring.handle = (uint16_t)bus->number;
	block_pages_change(&block->ring.pages, bus->back_domain, false);
	block->port = xenbus_open_port(bus);
	return block->port != EVENT_PORT_NONE;
}

/* One page has another name than several (blkif.h, note 6). */
static enum xenstore_result write_ring(const struct block *block,
				       xenstore_transaction_t transaction)
{
	const char *front = block->bus.front;
	if (block->ring_order == 0)
		return xenstore_write_number(transaction, front, "ring-ref",
					     block->ring_pages[0].grant);
	enum xenstore_result r = xenstore_write_number(
		transaction, front, "ring-page-order", block->ring_order);
	for (unsigned i = 0; i < 1u << block->ring_order && r == XENSTORE_OK; i++) {
		char name[] = {'r', 'i', 'n', 'g', '-', 'r', 'e', 'f', '0', 0};
		name[sizeof name - 2] = (char)('0' + i);
		r = xenstore_write_number(transaction, front, name,
					  block->ring_pages[i].grant);
	}
	return r;
}

static enum xenstore_result write_keys(struct xenbus_device *bus,
				       xenstore_transaction_t transaction)
{
	const struct block *block = (struct block *)bus;
	enum xenstore_result r = write_ring(block, transaction);
	if (r == XENSTORE_OK)
		r = xenstore_write_number(transaction, bus->front, "event-channel",
					  block->port);
	if (r == XENSTORE_OK)
		r = xenstore_write_text(transaction, bus->front, "protocol",
					"x86_64-abi");
	/* pages stay granted anyhow: it may keep them mapped */
	if (r == XENSTORE_OK)
		r = xenstore_write_number(transaction, bus->front, "feature-persistent",
					  1);
	return r;
}

static bool is_power_of_two(uint64_t value)
{
	return value && !(value & (value - 1));
}

static bool read_disk(const struct xenbus_device *bus, struct block_disk *disk)
{
	uint64_t units = xenbus_back_number(bus, "sectors", INT64_MAX >> BLOCK_UNIT_SHIFT,
					    UINT64_MAX);
	uint64_t size = xenbus_back_number(bus, "sector-size", BLOCK_SECTOR_MOST,
					   BLOCK_SECTOR_LEAST);
	uint64_t flags = xenbus_back_number(bus, "info", UINT32_MAX, 0);
	if (units == UINT64_MAX || !is_power_of_two(size) || size < BLOCK_SECTOR_LEAST ||
	    size > SHARED_PAGE_SIZE)
		return false;
	uint64_t physical =
		xenbus_back_number(bus, "physical-sector-size", UINT32_MAX, size);
	*disk = (struct block_disk){
		.sector_size = (uint32_t)size,
		.sector_shift = (unsigned)__builtin_ctzll(size) - BLOCK_UNIT_SHIFT,
		.physical_block_size =
			(uint32_t)(is_power_of_two(physical) && physical >= size
					   ? physical
					   : size),
		.read_only = flags & VDISK_READONLY,
	};
	disk->sectors = units >> disk->sector_shift;
	return true;
}

static void read_features(const struct xenbus_device *bus, struct block_features *f)
{
	uint64_t segments =
		xenbus_back_number(bus, "feature-max-indirect-segments", UINT32_MAX, 0);
	unsigned most = memory_is_small() ? SEGMENTS_IN_SMALL : BLOCK_SEGMENTS_MOST;
	if (segments < BLOCK_SEGMENTS_DIRECT)
		segments = BLOCK_SEGMENTS_DIRECT;
	*f = (struct block_features){
		.segments = segments < most ? (unsigned)segments : most,
		.flush = xenbus_back_has(bus, "feature-flush-cache"),
		.barrier = xenbus_back_has(bus, "feature-barrier"),
		.discard = xenbus_back_has(bus, "feature-discard"),
	};
}

/* Whether a disk will do for who was told of the one before. */
static bool fits(const struct block *block, const struct block_disk *disk,
		 const struct block_features *f)
{
	const struct block_features *told = &block->ring.features;
	return !block->is_open ||
	       (disk->sector_size == block->disk.sector_size &&
		f->segments >= told->segments && (f->discard || !told->discard) &&
		(block->disk.read_only || !disk->read_only) &&
		(f->flush || f->barrier || !(told->flush || told->barrier)));
}

static bool connected(struct xenbus_device *bus)
{
	struct block *block = (struct block *)bus;
	struct block_disk disk;
	struct block_features features;
	if (!read_disk(bus, &disk))
		return false;
	if (block->ring.ring.shared) { /* it was resized */
		block->disk.sectors = disk.sectors;
		return disk.sector_size == block->disk.sector_size;
	}
	read_features(bus, &features);
	if (!fits(block, &disk, &features))
		return false;
	block->disk = disk;
	block_ring_connect(&block->ring, block->ring_pages[0].bytes, bus->back_domain,
			   &features);
	return true;
}

static void disconnect(struct xenbus_device *bus, bool elsewhere)
{
	struct block *block = (struct block *)bus;
	if (!elsewhere) {
		event_channel_close(block->port);
		block->was_away = block->was_away || block->disk.sectors;
		block->disk.sectors = 0;
	}
	block->port = EVENT_PORT_NONE;
	block->holds_until_ns = time_running_ns() + XENBUS_LIMIT_NS;
	block_ring_disconnect(&block->ring, elsewhere);
	if (!elsewhere)
		return;
	for (unsigned i = 0; i < 1u << block->ring_order; i++)
		shared_page_forget(&block->ring_pages[i]);
	block_pages_change(&block->ring.pages, 0, true);
}

const struct xenbus_driver block_driver = {
	.kind = "vbd",
	.name = "block device",
	.published_state = XenbusStateInitialised,
	.publish = publish,
	.write = write_keys,
	.connected = connected,
	.disconnect = disconnect,
};
