/* SPDX-License-Identifier: ISC */
/* Block devices: Solo5 waits for each transfer. One that is longer than the device takes
 * at once goes piece by piece. */
#include "manifest.h"
#include "solo5.h"
#include "solo5_block.h"
#include "unikernel.h"

#define DEVICE_MEMORY ((size_t)32 << 10) /* queue and requests, on any target */

/* A device of the manifest; its number there is Solo5's handle. */
struct disk {
	bool acquired;
	unsigned handle; /* the platform's */
	struct unikernel_block_info info;
};

typedef unikernel_result_t post_t(unsigned handle, uint64_t sector,
				  const struct unikernel_block_part *parts,
				  unsigned count, void *token);

static struct disk disks[MFT_MAX_ENTRIES];

size_t solo5_block_memory(void)
{
	return manifest_count(MFT_DEV_BLOCK_BASIC) * DEVICE_MEMORY;
}

solo5_result_t solo5_block_acquire(const char *name, solo5_handle_t *handle,
				   struct solo5_block_info *info)
{
	solo5_handle_t index = manifest_index(name, MFT_DEV_BLOCK_BASIC);
	struct disk *disk = &disks[index];
	if (!index || disk->acquired)
		return SOLO5_R_EINVAL;
	unikernel_result_t r = unikernel_block_acquire(name, &disk->handle, &disk->info);
	if (r != UNIKERNEL_OK)
		return (solo5_result_t)r;
	disk->acquired = true;
	info->block_size = disk->info.sector_size;
	info->capacity = disk->info.sectors * disk->info.sector_size;
	*handle = index;
	return SOLO5_R_OK;
}

static solo5_result_t wait(unsigned handle)
{
	unikernel_result_t result;
	while (!unikernel_block_take(handle, &result))
		unikernel_wait((unikernel_ready_t)1 << handle, UINT64_MAX);
	return (solo5_result_t)result;
}

static bool has_sectors(const struct disk *disk, solo5_off_t offset, size_t size)
{
	uint32_t sector_size = disk->info.sector_size;
	uint64_t sector = offset / sector_size, sectors = size / sector_size;
	return size > 0 && offset % sector_size == 0 && size % sector_size == 0 &&
	       sector <= disk->info.sectors && sectors <= disk->info.sectors - sector;
}

static solo5_result_t transfer(post_t *post, solo5_handle_t handle, solo5_off_t offset,
			       uint8_t *bytes, size_t size)
{
	struct disk *disk = handle < MFT_MAX_ENTRIES ? &disks[handle] : NULL;
	if (!disk || !disk->acquired || !has_sectors(disk, offset, size))
		return SOLO5_R_EINVAL;
	size_t most = (size_t)disk->info.request_sectors * disk->info.sector_size;
	while (size) {
		struct unikernel_block_part part = {bytes, size < most ? size : most};
		unikernel_result_t posted = post(
			disk->handle, offset / disk->info.sector_size, &part, 1, disk);
		solo5_result_t r = posted == UNIKERNEL_OK ? wait(disk->handle)
							  : (solo5_result_t)posted;
		if (r != SOLO5_R_OK)
			return r;
		offset += part.length;
		bytes += part.length;
		size -= part.length;
	}
	return SOLO5_R_OK;
}

solo5_result_t solo5_block_write(solo5_handle_t handle, solo5_off_t offset,
				 const uint8_t *buf, size_t size)
{
	return transfer(unikernel_block_write, handle, offset, (uint8_t *)(uintptr_t)buf,
			size);
}

solo5_result_t solo5_block_read(solo5_handle_t handle, solo5_off_t offset, uint8_t *buf,
				size_t size)
{
	return transfer(unikernel_block_read, handle, offset, buf, size);
}
