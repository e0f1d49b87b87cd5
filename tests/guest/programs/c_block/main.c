/* SPDX-License-Identifier: ISC */
/* Block devices by unikernel.h: for each name in its arguments says what the device is,
 * and tries on it what may be done and what may not. Devices are to be of zeros. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unikernel.h"

#define FLIGHT 200 /* more than fit in a queue */

static struct unikernel_block_info info;
static unsigned disk;
static char *memory;

static void check(const char *what, bool holds)
{
	printf("%s: %s\n", holds ? "ok" : "WRONG", what);
}

static unikernel_result_t finish(unikernel_result_t posted)
{
	unikernel_result_t result;
	if (posted != UNIKERNEL_OK)
		return posted;
	while (!unikernel_block_take(disk, &result))
		if (!unikernel_wait((unikernel_ready_t)1 << disk, UINT64_MAX))
			return UNIKERNEL_AGAIN;
	return result;
}

static unikernel_result_t read_at(uint64_t sector, void *bytes, size_t size)
{
	struct unikernel_block_part part = {bytes, size};
	return finish(unikernel_block_read(disk, sector, &part, 1, &part));
}

static unikernel_result_t write_at(uint64_t sector, void *bytes, size_t size)
{
	struct unikernel_block_part part = {bytes, size};
	return finish(unikernel_block_write(disk, sector, &part, 1, &part));
}

static void fill(char *bytes, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)((i * 31 + i / 512 + seed) >> (seed & 3));
}

/* Parts of any size that add up to sectors, at any address. */
static void scatter_and_gather(void)
{
	size_t size = 4 * info.sector_size;
	char *out = memory + 1, *in = memory + 8 * size + 3;
	struct unikernel_block_part parts[] = {
		{out, 100}, {out + 100, size - 101}, {out + size - 1, 1}};
	fill(out, size, 5);
	check("gathered",
	      finish(unikernel_block_write(disk, 3, parts, 3, parts)) == UNIKERNEL_OK);
	struct unikernel_block_part pieces[] = {{in + 1, size - 1}, {in, 1}};
	check("scattered",
	      finish(unikernel_block_read(disk, 3, pieces, 2, pieces)) == UNIKERNEL_OK);
	check("byte for byte", !memcmp(in + 1, out, size - 1) && in[0] == out[size - 1]);
}

static void at_the_ends(void)
{
	uint32_t size = info.sector_size;
	uint64_t last = info.sectors - 1;
	fill(memory, size, 7);
	check("the same size", unikernel_block_sectors(disk) == info.sectors);
	check("never away", !unikernel_block_was_away(disk));
	check("last sector", write_at(last, memory, size) == UNIKERNEL_OK);
	check("read back", read_at(last, memory + size, size) == UNIKERNEL_OK &&
				   !memcmp(memory, memory + size, size));
	check("behind the end", write_at(last + 1, memory, size) == UNIKERNEL_EINVAL);
	check("across the end", read_at(last, memory, 2 * size) == UNIKERNEL_EINVAL);
	check("far away", read_at(UINT64_MAX, memory, size) == UNIKERNEL_EINVAL);
	check("part of a sector", read_at(0, memory, size - 1) == UNIKERNEL_EINVAL);
	check("nothing", read_at(0, memory, 0) == UNIKERNEL_EINVAL);
	check("too much", read_at(0, memory, ((size_t)info.request_sectors + 1) * size) ==
				  UNIKERNEL_EINVAL);
}

/* Each of many requests is answered once, with its own bytes. */
static void many_at_once(bool writes)
{
	static unsigned answers[FLIGHT];
	uint32_t size = info.sector_size;
	unsigned next = 0, done = 0, refused = 0, failed = 0;
	memset(answers, 0, sizeof answers);
	while (done < FLIGHT) {
		for (; next < FLIGHT; next++) {
			char *bytes = memory + (size_t)next * size;
			uint64_t sector = 16 + (next * 7u) % FLIGHT;
			struct unikernel_block_part part = {bytes, size};
			if (writes)
				fill(bytes, size, (unsigned)sector);
			unikernel_result_t r =
				(writes ? unikernel_block_write : unikernel_block_read)(
					disk, sector, &part, 1, &answers[next]);
			refused += r == UNIKERNEL_AGAIN;
			if (r != UNIKERNEL_OK)
				break;
		}
		unikernel_wait((unikernel_ready_t)1 << disk, UINT64_MAX);
		unikernel_result_t result;
		for (unsigned *token; (token = unikernel_block_take(disk, &result));
		     done++) {
			++*token;
			failed += result != UNIKERNEL_OK;
		}
	}
	unsigned wrong = 0;
	for (unsigned i = 0; i < FLIGHT; i++) {
		char *wanted = memory + (size_t)FLIGHT * size;
		fill(wanted, size, 16 + (i * 7u) % FLIGHT);
		wrong += answers[i] != 1 ||
			 memcmp(wanted, memory + (size_t)i * size, size);
	}
	check("the queue runs full", refused > 0);
	check(writes ? "all written" : "all read", failed == 0 && wrong == 0);
}

static void discard(void)
{
	unikernel_result_t r = finish(unikernel_block_discard(disk, 8, 4, memory));
	check("discarded",
	      info.discard_sectors ? r == UNIKERNEL_OK : r == UNIKERNEL_EINVAL);
	check("not behind the end",
	      unikernel_block_discard(disk, info.sectors, 1, memory) == UNIKERNEL_EINVAL);
}

static void try_writable(void)
{
	scatter_and_gather();
	at_the_ends();
	many_at_once(true);
	memset(memory, 0, (size_t)FLIGHT * info.sector_size);
	many_at_once(false);
	check("flushed", finish(unikernel_block_flush(disk, memory)) == UNIKERNEL_OK);
	discard();
}

static void try_read_only(void)
{
	check("read", read_at(0, memory, info.sector_size) == UNIKERNEL_OK);
	check("not written", write_at(0, memory, info.sector_size) == UNIKERNEL_EINVAL);
	check("not discarded",
	      unikernel_block_discard(disk, 0, 1, memory) == UNIKERNEL_EINVAL);
	check("flushed", finish(unikernel_block_flush(disk, memory)) == UNIKERNEL_OK);
}

static void try_disk(const char *name)
{
	unsigned again;
	unikernel_result_t r = unikernel_block_acquire(name, &disk, &info);
	if (r != UNIKERNEL_OK) {
		printf("%s: refused %d\n", name, r);
		exit(1);
	}
	printf("%s: handle %u, %llu sectors of %u, %s\n", name, disk,
	       (unsigned long long)info.sectors, info.sector_size,
	       info.read_only ? "read-only" : "writable");
	check("not twice", unikernel_block_acquire(name, &again, &info) != UNIKERNEL_OK);
	memory = malloc((size_t)(FLIGHT + 1) * info.sector_size);
	if (info.read_only)
		try_read_only();
	else
		try_writable();
	free(memory);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		try_disk(argv[i]);
	puts("done");
	return 0;
}
