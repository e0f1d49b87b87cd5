/* SPDX-License-Identifier: ISC */
/* The checksum is no cryptographic one: it has to be cheap at every malloc, and to differ
 * from whatever a bug writes. The key is drawn at boot, so that no constant in the
 * image passes for a header.
 */
#include "heap_header.h"

static uint64_t checksum_key[2];
struct region heap_regions[REGIONS_MAX];
unsigned heap_region_count;

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

bool block_in_region(const struct block *b)
{
	uintptr_t at = (uintptr_t)b;
	for (unsigned i = 0; i < heap_region_count; i++)
		if (region_holds(&heap_regions[i], at))
			return at % BLOCK_ALIGNMENT == 0;
	return false;
}

size_t regions_size(void)
{
	size_t size = 0;
	for (unsigned i = 0; i < heap_region_count; i++)
		size += heap_regions[i].end - heap_regions[i].start;
	return size;
}

bool regions_add(uintptr_t start, uintptr_t end)
{
	if (heap_region_count == REGIONS_MAX)
		return false;
	heap_regions[heap_region_count++] = (struct region){start, end};
	return true;
}
