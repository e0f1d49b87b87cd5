/* SPDX-License-Identifier: ISC */
/* Block devices by name, and their requests looked over: what a target's driver gets is
 * within the limits that its device told. */
#include "blocks.h"
#include "device_names.h"

static bool taken[BLOCKS_MAX];
static struct unikernel_block_info infos[BLOCKS_MAX];

static bool is_countable(uint64_t sectors, uint32_t sector_size)
{
	return sectors <= INT64_MAX / sector_size;
}

/* What a device tells of itself may be nonsense; then it is not driven. */
static bool is_sane(const struct unikernel_block_info *info)
{
	uint32_t size = info->sector_size;
	return size >= BLOCK_SECTOR_LEAST && size <= BLOCK_SECTOR_MOST &&
	       !(size & (size - 1)) && is_countable(info->sectors, size) &&
	       info->request_sectors > 0 && info->request_parts > 0 && info->slots > 0;
}

unikernel_result_t unikernel_block_acquire(const char *name, unsigned *handle,
					   struct unikernel_block_info *info)
{
	unsigned index = device_position("UNIKERNEL_BLOCK", name, taken, BLOCKS_MAX);
	if (index == NOT_IN_LIST)
		return UNIKERNEL_EINVAL;
	unikernel_result_t r =
		index < BLOCKS_MAX ? platform_block_open(index, info) : UNIKERNEL_EUNSPEC;
	if (r != UNIKERNEL_OK)
		return r;
	taken[index] = true;
	if (!is_sane(info))
		return UNIKERNEL_EUNSPEC;
	infos[index] = *info;
	*handle = BLOCK_FIRST_HANDLE + index;
	return UNIKERNEL_OK;
}

static unsigned index_of(unsigned handle)
{
	unsigned index = handle - BLOCK_FIRST_HANDLE;
	if (index >= BLOCKS_MAX || !infos[index].sector_size)
		unikernel_abort("a block call with a handle that is no block device's");
	return index;
}

static uint64_t look_at_size(unsigned index)
{
	struct unikernel_block_info *info = &infos[index];
	uint64_t sectors = platform_block_sectors(index);
	info->sectors = is_countable(sectors, info->sector_size) ? sectors : 0;
	return info->sectors;
}

uint64_t unikernel_block_sectors(unsigned handle)
{
	unsigned index = index_of(handle);
	platform_block_was_away(index);
	return look_at_size(index);
}

bool unikernel_block_was_away(unsigned handle)
{
	return platform_block_was_away(index_of(handle));
}

/* Asking a device for its size is dear: it is done where the size seen last will not do.
 */
static bool has_sectors(unsigned index, uint64_t sector, uint64_t sectors)
{
	uint64_t size = infos[index].sectors;
	if (sector > size || sectors > size - sector)
		size = look_at_size(index);
	return sectors > 0 && sector <= size && sectors <= size - sector;
}

/* The sectors that the parts add up to, 0 when these cannot be a request. */
static uint64_t sectors_of(const struct unikernel_block_info *info,
			   const struct unikernel_block_part *parts, unsigned count)
{
	uint64_t left = (uint64_t)info->request_sectors * info->sector_size, most = left;
	if (count > info->request_parts)
		return 0;
	for (unsigned i = 0; i < count; i++) {
		if (parts[i].length == 0 || parts[i].length > left)
			return 0;
		left -= parts[i].length;
	}
	uint64_t bytes = most - left;
	return bytes % info->sector_size ? 0 : bytes / info->sector_size;
}

static unikernel_result_t transfer(enum block_operation operation, unsigned handle,
				   uint64_t sector,
				   const struct unikernel_block_part *parts,
				   unsigned count, void *token)
{
	unsigned index = index_of(handle);
	const struct unikernel_block_info *info = &infos[index];
	struct block_request request = {
		.operation = operation,
		.sector = sector,
		.sectors = sectors_of(info, parts, count),
		.parts = parts,
		.count = count,
		.token = token,
	};
	if (!has_sectors(index, sector, request.sectors))
		return UNIKERNEL_EINVAL;
	return platform_block_post(index, &request);
}

unikernel_result_t unikernel_block_read(unsigned handle, uint64_t sector,
					const struct unikernel_block_part *parts,
					unsigned count, void *token)
{
	return transfer(BLOCK_READ, handle, sector, parts, count, token);
}

unikernel_result_t unikernel_block_write(unsigned handle, uint64_t sector,
					 const struct unikernel_block_part *parts,
					 unsigned count, void *token)
{
	if (infos[index_of(handle)].read_only)
		return UNIKERNEL_EINVAL;
	return transfer(BLOCK_WRITE, handle, sector, parts, count, token);
}

unikernel_result_t unikernel_block_flush(unsigned handle, void *token)
{
	struct block_request request = {.operation = BLOCK_FLUSH, .token = token};
	return platform_block_post(index_of(handle), &request);
}

unikernel_result_t unikernel_block_discard(unsigned handle, uint64_t sector,
					   uint64_t sectors, void *token)
{
	unsigned index = index_of(handle);
	const struct unikernel_block_info *info = &infos[index];
	struct block_request request = {
		.operation = BLOCK_DISCARD,
		.sector = sector,
		.sectors = sectors,
		.token = token,
	};
	if (info->read_only || sectors > info->discard_sectors ||
	    !has_sectors(index, sector, sectors))
		return UNIKERNEL_EINVAL;
	return platform_block_post(index, &request);
}

void *unikernel_block_take(unsigned handle, unikernel_result_t *result)
{
	return platform_block_take(index_of(handle), result);
}

void unikernel_block_notify(unsigned handle)
{
	platform_block_notify(index_of(handle));
}
