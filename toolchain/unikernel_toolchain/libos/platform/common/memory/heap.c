/* SPDX-License-Identifier: ISC */
/* A block as the application sees it:
 *
 *   header | requested bytes | tail canary | padding to 16
 *
 * The tail canary begins at the first byte that was not asked for.
 */
#include "heap.h"
#include "common/memory_functions.h"
#include "common/random/entropy.h"
#include "common/report/format.h"
#include "common/report/report.h"
#include "free_lists.h"
#include "heap_blocks.h"
#include "unikernel.h"

typedef uint64_t __attribute__((may_alias, aligned(1))) canary_t;

#define OVERHEAD (sizeof(struct block) + sizeof(canary_t))
#define REQUEST_MAX ((size_t)1 << 40)

static uint64_t tail_key;
static size_t used_bytes;

void heap_init(void)
{
	const uint64_t keys[] = {seed_secret(), seed_secret()};
	blocks_set_key(keys);
	tail_key = seed_secret();
}

void heap_add(uintptr_t start, uintptr_t end)
{
	blocks_add_region(start, end);
}

static size_t block_size_for(size_t requested)
{
	size_t size =
		(requested + OVERHEAD + BLOCK_ALIGNMENT - 1) & -(size_t)BLOCK_ALIGNMENT;
	return size < BLOCK_SIZE_MIN ? BLOCK_SIZE_MIN : size;
}

size_t heap_largest(void)
{
	size_t size = free_list_largest();
	return size > OVERHEAD ? size - OVERHEAD : 0;
}

static canary_t *tail_of(struct block *b)
{
	return (canary_t *)((char *)block_bytes(b) + b->requested);
}

/* Of nothing that changes while the block is in use, as the checksum's words do. */
static canary_t tail_canary(const struct block *b)
{
	return tail_key ^ (uintptr_t)b ^ b->requested;
}

/* The tail's value depends on address and size: what a copy of another block brings along
 * does not pass for it. */
static void *hand_out(struct block *b, size_t requested)
{
	b->requested = requested;
	block_set_checksum(b);
	*tail_of(b) = tail_canary(b);
	used_bytes += b->size;
	return block_bytes(b);
}

static __attribute__((noreturn)) void die(const char *what, const void *bytes)
{
	char why[REPORT_TEXT_SIZE];
	format(why, sizeof why, "heap: %s %x", what, (uint64_t)(uintptr_t)bytes);
	unikernel_abort(why);
}

/* The block behind a pointer that the application gives back. Aborts when it is none. */
static struct block *checked(const void *bytes)
{
	struct block *b = block_of(bytes);
	if (!block_in_region(b))
		die("not a block of the heap:", bytes);
	if (!block_intact(b))
		die("overrun of the block before, or not a block of the heap:", bytes);
	if (b->requested == BLOCK_FREE)
		die("double free of", bytes);
	if (*tail_of(b) != tail_canary(b))
		die("overrun of the block at", bytes);
	return b;
}

void *unikernel_alloc(size_t size)
{
	if (size > REQUEST_MAX)
		return NULL;
	struct block *b = blocks_take(block_size_for(size));
	return b ? hand_out(b, size) : NULL;
}

void *unikernel_alloc_aligned(size_t alignment, size_t size)
{
	if (alignment <= BLOCK_ALIGNMENT)
		return unikernel_alloc(size);
	if (size > REQUEST_MAX || alignment > REQUEST_MAX ||
	    (alignment & (alignment - 1)))
		return NULL;
	size_t needed = block_size_for(size);
	struct block *b = blocks_take(needed + alignment + BLOCK_SIZE_MIN);
	if (!b)
		return NULL;
	uintptr_t bytes = (uintptr_t)block_bytes(b);
	uintptr_t aligned = (bytes + alignment - 1) & -alignment;
	/* what is cut off in front has to be a block of its own */
	if (aligned != bytes && aligned - bytes < BLOCK_SIZE_MIN)
		aligned += alignment > BLOCK_SIZE_MIN ? alignment : BLOCK_SIZE_MIN;
	if (aligned != bytes)
		b = block_split_front(b, aligned - bytes);
	block_trim(b, needed);
	return hand_out(b, size);
}

void unikernel_free(void *block)
{
	if (!block)
		return;
	struct block *b = checked(block);
	used_bytes -= b->size;
	block_release(b);
}

/* `used_bytes` is right at every return: the block counts with the size it has then. */
static void *resize_in_place(struct block *b, size_t size)
{
	size_t needed = block_size_for(size);
	used_bytes -= b->size;
	if (b->size < needed)
		block_absorb_after(b);
	if (b->size < needed) {
		used_bytes += b->size;
		return NULL;
	}
	block_trim(b, needed);
	return hand_out(b, size);
}

void *unikernel_realloc(void *block, size_t size)
{
	if (!block)
		return unikernel_alloc(size);
	if (size > REQUEST_MAX)
		return NULL;
	struct block *b = checked(block);
	/* growing into a free neighbour saves the copy that growing buffers cost */
	if (resize_in_place(b, size))
		return block;
	void *copy = unikernel_alloc(size);
	if (!copy)
		return NULL;
	memcpy(copy, block, b->requested);
	unikernel_free(block);
	return copy;
}

size_t unikernel_alloc_size(const void *block)
{
	return checked(block)->requested;
}

size_t unikernel_heap_size(void)
{
	return regions_size();
}

size_t unikernel_heap_used(void)
{
	return used_bytes;
}
