/* SPDX-License-Identifier: ISC */
/* Block devices: requests of one device, in a ring whose counters only run on:
 *
 *   taken <= done <= posted
 *
 * A read of what is in memory already is done when it is posted. All else is carried out
 * as a batch, at the latest when the guest waits. Parts of all requests that are not done
 * lie one behind the other, in the order of the requests: those of neighbouring requests
 * are a vector for the kernel as they lie there. */
#include "batch.h"
#include "common/blocks.h"
#include "unikernel.h"
#include "unix/wait.h"

struct block {
	struct file *file;
	struct wait_source source;
	unikernel_ready_t bit;
	unsigned posted, done, taken, part_count;
	struct job jobs[JOBS_MAX];
	struct io_part parts[PARTS_MAX];
};

static struct block *blocks[BLOCKS_MAX]; /* NULL: not acquired */

static void carry_out(struct block *block)
{
	struct batch batch = {.descriptor = block->file->descriptor};
	for (unsigned i = block->done; i != block->posted; i++)
		batch.jobs[batch.count++] = &block->jobs[i % JOBS_MAX];
	if (batch.count)
		batch_run(&batch);
	block->done = block->posted;
	block->part_count = 0;
}

static struct block *block_behind(const struct wait_source *source)
{
	return (struct block *)((char *)(uintptr_t)source -
				offsetof(struct block, source));
}

/* A file is always ready, in poll's sense: its requests are carried out here, where the
 * guest has nothing else to do. */
static unikernel_ready_t ready(struct wait_source *source, unikernel_ready_t interest)
{
	struct block *block = block_behind(source);
	(void)interest;
	carry_out(block);
	return block->done != block->taken ? block->bit : 0;
}

static int16_t events(const struct wait_source *source, unikernel_ready_t interest)
{
	(void)source, (void)interest;
	return 0;
}

static bool is_idle(const struct wait_source *source)
{
	const struct block *block = block_behind(source);
	return block->done == block->posted;
}

static void describe(const struct file *file, struct unikernel_block_info *info)
{
	*info = (struct unikernel_block_info){
		.sectors = file->bytes / file->sector_size,
		.sector_size = file->sector_size,
		.physical_block_size = file->physical_block_size,
		.request_sectors = BLOCK_REQUEST_BYTES_MAX / file->sector_size,
		.discard_sectors = file->read_only ? 0 : UINT32_MAX,
		.request_parts = BLOCK_PARTS_MAX,
		.slots = JOBS_MAX,
		.read_only = file->read_only,
	};
}

unikernel_result_t platform_block_open(unsigned index, struct unikernel_block_info *info)
{
	struct file *file = &files[index];
	if (!file->present)
		return UNIKERNEL_EUNSPEC;
	struct block *block = unikernel_alloc(sizeof *block);
	if (!block)
		unikernel_abort("too little RAM: block devices do not fit");
	*block = (struct block){
		.file = file,
		.source = {.descriptor = -1,
			   .ready = ready,
			   .events = events,
			   .is_idle = is_idle},
		.bit = (unikernel_ready_t)1 << (BLOCK_FIRST_HANDLE + index),
	};
	describe(file, info);
	blocks[index] = block;
	wait_add(&block->source);
	return UNIKERNEL_OK;
}

/* A file keeps the size that it had when the sandbox closed. */
uint64_t platform_block_sectors(unsigned index)
{
	const struct file *file = blocks[index]->file;
	return file->bytes / file->sector_size;
}

bool platform_block_was_away(unsigned index)
{
	(void)index;
	return false;
}

unikernel_result_t platform_block_post(unsigned index,
				       const struct block_request *request)
{
	struct block *block = blocks[index];
	if (block->posted - block->taken == JOBS_MAX)
		return UNIKERNEL_AGAIN;
	if (request->count > PARTS_MAX - block->part_count)
		carry_out(block);
	struct job *job = &block->jobs[block->posted++ % JOBS_MAX];
	uint32_t size = block->file->sector_size;
	*job = (struct job){
		.operation = request->operation,
		.offset = request->sector * size,
		.bytes = request->sectors * size,
		.parts = &block->parts[block->part_count],
		.count = request->count,
		.token = request->token,
	};
	for (unsigned i = 0; i < request->count; i++)
		job->parts[i] = (struct io_part){request->parts[i].bytes,
						 request->parts[i].length};
	if (job->operation == BLOCK_READ && block->done + 1 == block->posted &&
	    batch_read_at_once(block->file->descriptor, job))
		block->done++;
	else
		block->part_count += request->count;
	return UNIKERNEL_OK;
}

void *platform_block_take(unsigned index, unikernel_result_t *result)
{
	struct block *block = blocks[index];
	if (block->taken == block->done)
		return NULL;
	const struct job *job = &block->jobs[block->taken++ % JOBS_MAX];
	*result = job->failed ? UNIKERNEL_EUNSPEC : UNIKERNEL_OK;
	return job->token;
}

void platform_block_notify(unsigned index)
{
	carry_out(blocks[index]);
}
