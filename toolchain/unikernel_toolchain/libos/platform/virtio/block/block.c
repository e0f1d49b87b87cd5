/* SPDX-License-Identifier: ISC */
/* Block devices: agreeing with one on what it does, and reading what it is.
 *
 * A disk may be taken away, put in or resized while the guest runs: the device's capacity
 * changes (virtio 1.1, sections 5.2.5 and 2.4), and is 0 without a disk. Its interrupt
 * has the handler look at once, because a disk that is exchanged for another between two
 * requests would pass for the same one. Nothing else depends on the interrupt: who needs
 * the capacity reads it. */
#include "block.h"
#include "virtio/interrupts.h"
#include "x86_64/machine/trap.h"

#define F_SIZE_MAX ((uint64_t)1 << 1)
#define F_SEG_MAX ((uint64_t)1 << 2)
#define F_RO ((uint64_t)1 << 5)
#define F_BLK_SIZE ((uint64_t)1 << 6)
#define F_FLUSH ((uint64_t)1 << 9)
#define F_TOPOLOGY ((uint64_t)1 << 10)
/* Agreed on, and left as the host has chosen: a driver that does not know of it has the
 * device's cache turned on (section 5.2.6.2). */
#define F_CONFIG_WCE ((uint64_t)1 << 11)
#define F_DISCARD ((uint64_t)1 << 13)
#define WANTED                                                                           \
	(F_SIZE_MAX | F_SEG_MAX | F_RO | F_BLK_SIZE | F_FLUSH | F_TOPOLOGY |             \
	 F_CONFIG_WCE | F_DISCARD)

/* struct virtio_blk_config */
#define CONFIG_CAPACITY 0
#define CONFIG_SIZE_MAX 8
#define CONFIG_SEG_MAX 12
#define CONFIG_BLK_SIZE 20
#define CONFIG_PHYSICAL_EXPONENT 24
#define CONFIG_DISCARD_SECTORS 36

#define UNIT 512 /* bytes; the device counts in such, whatever its sectors */
#define UNIT_SHIFT 9
#define EXPONENT_MOST 10 /* of physical blocks: more is nonsense */
#define TRIES 8		 /* to read what changes while it is read */

static uint32_t config32(struct virtio_device *d, unsigned offset)
{
	return *(volatile uint32_t *)(d->config + offset);
}

/* The capacity takes two reads, between which it may change. A legacy device has no
 * generation to tell; of its upper half there is a second look. */
static uint64_t read_capacity(struct block *block)
{
	struct virtio_device *d = block->device;
	for (unsigned i = 0; i < TRIES; i++) {
		uint32_t generation = d->transport->generation(d);
		uint32_t high = config32(d, CONFIG_CAPACITY + 4);
		uint32_t low = config32(d, CONFIG_CAPACITY);
		uint32_t again = config32(d, CONFIG_CAPACITY + 4);
		block->generation = d->transport->generation(d);
		if (high == again && generation == block->generation)
			return (uint64_t)high << 32 | low;
	}
	return 0;
}

/* Returns the size in the device's sectors, and keeps whether there is a disk. */
static uint64_t look(struct block *block)
{
	uint64_t sectors = read_capacity(block) >> block->sector_shift;
	block->has_disk = sectors > 0;
	return sectors;
}

/* A disk that the guest has not seen go was away; of one whose absence was told before,
 * that is no news. */
static void look_for_change(struct block *block)
{
	bool had_disk = block->has_disk;
	if (block->device->transport->generation(block->device) == block->generation)
		return;
	if (!look(block) && had_disk)
		block->was_away = true;
}

static void on_change(void)
{
	for (unsigned i = 0; i < BLOCKS_MAX; i++)
		if (blocks[i].device)
			look_for_change(&blocks[i]);
}

/* Where changes have no interrupt of their own they may be behind this one: first it is
 * acknowledged, so that one that comes after the look raises it again. */
static void on_interrupt(void)
{
	for (unsigned i = 0; i < BLOCKS_MAX; i++) {
		struct virtio_device *d = blocks[i].device;
		if (!d || !d->transport->acknowledge)
			continue;
		d->transport->acknowledge(d);
		look_for_change(&blocks[i]);
	}
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* A limit of one part is taken for one of the whole request. */
static uint32_t request_bytes(struct virtio_device *d, uint64_t features)
{
	return features & F_SIZE_MAX
		       ? least(config32(d, CONFIG_SIZE_MAX), BLOCK_REQUEST_BYTES_MAX)
		       : BLOCK_REQUEST_BYTES_MAX;
}

/* Without a limit of its own a device may be built for one part. */
static uint32_t request_parts(const struct block *block, uint64_t features)
{
	uint32_t told =
		features & F_SEG_MAX ? config32(block->device, CONFIG_SEG_MAX) : 1;
	return least(least(told, BLOCK_PARTS_MAX), block->queue.size - 2u);
}

static uint32_t physical_block_size(struct virtio_device *d, uint64_t features,
				    uint32_t sector_size)
{
	uint8_t exponent =
		features & F_TOPOLOGY ? (uint8_t)d->config[CONFIG_PHYSICAL_EXPONENT] : 0;
	return sector_size << (exponent <= EXPONENT_MOST ? exponent : 0);
}

/* Common code refuses a size that makes no sense, but it is divided by here. */
static bool describe(struct block *block, uint64_t features,
		     struct unikernel_block_info *info)
{
	struct virtio_device *d = block->device;
	uint32_t size = features & F_BLK_SIZE ? config32(d, CONFIG_BLK_SIZE) : UNIT;
	if (size < UNIT || size > BLOCK_SECTOR_MOST || size & (size - 1))
		return false;
	block->sector_shift = (unsigned)__builtin_ctz(size) - UNIT_SHIFT;
	*info = (struct unikernel_block_info){
		.sectors = look(block),
		.sector_size = size,
		.physical_block_size = physical_block_size(d, features, size),
		.request_sectors = request_bytes(d, features) / size,
		.request_parts = (uint16_t)request_parts(block, features),
		.slots = block->queue.size / 3,
		.read_only = features & F_RO,
	};
	if (features & F_DISCARD)
		info->discard_sectors =
			config32(d, CONFIG_DISCARD_SECTORS) >> block->sector_shift;
	return true;
}

static bool set_up(struct block *block, struct unikernel_block_info *info)
{
	struct virtio_device *d = block->device;
	uint64_t features = WANTED;
	if (!d->config || !virtio_begin(d, &features))
		return false;
	interrupts_init();
	trap_set_interrupt(VECTOR_BLOCK, on_interrupt);
	d->interrupts = d->transport->route_interrupt(d, VECTOR_BLOCK);
	if (!d->interrupts || !block_queue_init(block, features))
		return false;
	if (d->transport->route_change) {
		trap_set_interrupt(VECTOR_BLOCK_CHANGE, on_change);
		d->transport->route_change(d, VECTOR_BLOCK_CHANGE);
	}
	block->flushes = features & F_FLUSH;
	virtio_ready(d);
	return describe(block, features, info);
}

unikernel_result_t platform_block_open(unsigned index, struct unikernel_block_info *info)
{
	struct block *block = &blocks[index];
	block->device = virtio_find(VIRTIO_ID_BLOCK, index);
	if (!block->device)
		return UNIKERNEL_EUNSPEC;
	if (!set_up(block, info)) {
		virtio_reset(block->device);
		block->device = NULL;
		return UNIKERNEL_EUNSPEC;
	}
	block->bit = (unikernel_ready_t)1 << (BLOCK_FIRST_HANDLE + index);
	wait_add(&block->source);
	return UNIKERNEL_OK;
}

uint64_t platform_block_sectors(unsigned index)
{
	return look(&blocks[index]);
}

bool platform_block_was_away(unsigned index)
{
	bool was_away = blocks[index].was_away;
	blocks[index].was_away = false;
	return was_away;
}
