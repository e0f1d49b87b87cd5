/* SPDX-License-Identifier: ISC */
/* The checksum is no cryptographic one: it has to be cheap at every malloc, and to differ
 * from whatever a bug writes. The key is drawn at boot, so that no constant in the
 * image passes for a header.
 */
#include "heap_header.h"

#define REGIONS_MAX 16

static uint64_t checksum_key[2];
static struct {
	uintptr_t start, end;
} regions[REGIONS_MAX];
static unsigned region_count;

void blocks_set_key(const uint64_t key[2])
{
	checksum_key[0] = key[0];
	checksum_key[1] = key[1] | 1; /* odd: multiplying loses nothing */
}

static uint64_t mix(uint64_t state, uint64_t word)
{
	state = (state ^ word) * checksum_key[1];
	return state ^ (state >> 29);
}

static uint64_t checksum_of(const struct block *b)
{
	uint64_t state = mix(checksum_key[0], (uintptr_t)b);
	state = mix(state, (uintptr_t)b->before);
	state = mix(state, b->size);
	return mix(state, b->requested);
}

bool block_intact(const struct block *b)
{
	return b->checksum == checksum_of(b);
}

void block_set_checksum(struct block *b)
{
	b->checksum = checksum_of(b);
}

struct block *block_after(struct block *b)
{
	uintptr_t end = (uintptr_t)b + b->size;
	for (unsigned i = 0; i < region_count; i++)
		if (end == regions[i].end)
			return NULL;
	return (struct block *)end;
}

bool block_in_region(const struct block *b)
{
	uintptr_t at = (uintptr_t)b;
	for (unsigned i = 0; i < region_count; i++)
		if (at >= regions[i].start && at < regions[i].end)
			return at % BLOCK_ALIGNMENT == 0;
	return false;
}

size_t regions_size(void)
{
	size_t size = 0;
	for (unsigned i = 0; i < region_count; i++)
		size += regions[i].end - regions[i].start;
	return size;
}

bool regions_add(uintptr_t start, uintptr_t end)
{
	if (region_count == REGIONS_MAX)
		return false;
	regions[region_count].start = start;
	regions[region_count++].end = end;
	return true;
}
