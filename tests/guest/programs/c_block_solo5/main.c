/* SPDX-License-Identifier: ISC */
/* Solo5's block calls: on two devices of its manifest, the first writable and of zeros,
 * the second read-only. */
#include <string.h>

#include "solo5.h"
#define MFT_ENTRIES 4
#include "mft_abi.h"

MFT1_NOTE_DECLARE_BEGIN{
	.version = MFT_VERSION,
	.entries = MFT_ENTRIES,
	.e =
		{
			{.name = "", .type = MFT_RESERVED_FIRST},
			{.name = "a", .type = MFT_DEV_BLOCK_BASIC},
			{.name = "service", .type = MFT_DEV_NET_BASIC},
			{.name = "b", .type = MFT_DEV_BLOCK_BASIC},
		},
} MFT1_NOTE_DECLARE_END;

#define SECTOR 512
#define LONG (6u << 20) /* more than a device takes at once */

static void say(const char *text)
{
	solo5_console_write(text, strlen(text));
}

static void check(const char *what, bool holds)
{
	say(holds ? "ok: " : "WRONG: ");
	say(what);
	say("\n");
}

static solo5_handle_t acquire(const char *name, solo5_off_t capacity)
{
	struct solo5_block_info info;
	solo5_handle_t handle = 0;
	check(name, solo5_block_acquire(name, &handle, &info) == SOLO5_R_OK);
	check("its size", info.block_size == SECTOR && info.capacity == capacity);
	check("not twice", solo5_block_acquire(name, &handle, &info) == SOLO5_R_EINVAL);
	return handle;
}

static void transfer(solo5_handle_t disk, uint8_t *bytes, solo5_off_t capacity)
{
	for (size_t i = 0; i < LONG; i++)
		bytes[i] = (uint8_t)(i * 7 + i / SECTOR);
	check("written", solo5_block_write(disk, SECTOR, bytes, LONG) == SOLO5_R_OK);
	uint8_t *other = bytes + LONG;
	check("read", solo5_block_read(disk, SECTOR, other, LONG) == SOLO5_R_OK &&
			      memcmp(bytes, other, LONG) == 0);
	solo5_off_t last = capacity - SECTOR;
	check("last sector", solo5_block_write(disk, last, bytes, SECTOR) == SOLO5_R_OK);
	check("first sector", solo5_block_read(disk, 0, other, SECTOR) == SOLO5_R_OK &&
				      other[0] == 0 && other[SECTOR - 1] == 0);
}

static void refuse(solo5_handle_t disk, uint8_t *bytes, solo5_off_t capacity)
{
	solo5_off_t last = capacity - SECTOR;
	check("behind the end",
	      solo5_block_read(disk, capacity, bytes, SECTOR) == SOLO5_R_EINVAL);
	check("across the end",
	      solo5_block_write(disk, last, bytes, 2 * SECTOR) == SOLO5_R_EINVAL);
	check("between sectors",
	      solo5_block_read(disk, 1, bytes, SECTOR) == SOLO5_R_EINVAL);
	check("part of a sector",
	      solo5_block_read(disk, 0, bytes, SECTOR - 1) == SOLO5_R_EINVAL);
	check("no such handle", solo5_block_read(60, 0, bytes, SECTOR) == SOLO5_R_EINVAL);
	check("a network's", solo5_block_read(2, 0, bytes, SECTOR) == SOLO5_R_EINVAL);
}

int solo5_app_main(const struct solo5_start_info *info)
{
	uint8_t *bytes = (uint8_t *)info->heap_start;
	solo5_off_t capacity = 16u << 20, small = 300u << 10;
	struct solo5_block_info unused;
	solo5_handle_t none, a = acquire("a", capacity), b = acquire("b", small);
	check("not in the manifest",
	      solo5_block_acquire("c", &none, &unused) == SOLO5_R_EINVAL);
	check("not of this kind",
	      solo5_block_acquire("service", &none, &unused) == SOLO5_R_EINVAL);
	transfer(a, bytes, capacity);
	refuse(a, bytes, capacity);
	check("read-only", solo5_block_write(b, 0, bytes, SECTOR) != SOLO5_R_OK);
	check("but read", solo5_block_read(b, 0, bytes, SECTOR) == SOLO5_R_OK);
	solo5_handle_set_t ready = 1;
	solo5_yield(0, &ready);
	check("no block device is ever ready", ready == 0);
	say("done\n");
	return SOLO5_EXIT_SUCCESS;
}
