/* SPDX-License-Identifier: ISC */
/* Reads and writes of neighbouring bytes are one call. Several reads that would have to
 * wait for the medium wait together: each is tried without waiting first; where that
 * fails the kernel is told to fetch, and only when it was told of all are they read.
 * A call that did not do all it was asked for is done again, request by request, so that
 * none fails for another. */
#include "batch.h"
#include "unikernel.h"
#include "unix/linux/block_device.h"

#define EOPNOTSUPP 95

/* `flags`: RWF_NOWAIT or 0. */
static long transfer(int descriptor, const struct job *job, unsigned count, int flags)
{
	if (job->operation == BLOCK_WRITE)
		return system_call(SYS_PWRITEV, (uintptr_t)descriptor,
				   (uintptr_t)job->parts, count, job->offset, 0, 0);
	return system_call(SYS_PREADV2, (uintptr_t)descriptor, (uintptr_t)job->parts,
			   count, job->offset, 0, (uintptr_t)flags);
}

static void move_on(struct job *job, uint64_t bytes)
{
	job->offset += bytes;
	job->bytes -= bytes;
	for (; bytes && bytes >= job->parts->length; job->parts++, job->count--)
		bytes -= job->parts->length;
	if (bytes) {
		job->parts->bytes = (char *)job->parts->bytes + bytes;
		job->parts->length -= bytes;
	}
}

/* To the end, in as many calls as the kernel wants; a file that has become shorter, or a
 * disk that is full, ends it early. */
static void transfer_alone(int descriptor, struct job *job)
{
	while (job->bytes) {
		long moved = transfer(descriptor, job, job->count, 0);
		if (moved == -EFAULT)
			unikernel_abort("a block request with memory that is not there");
		if (moved == -EINTR)
			continue;
		if (moved <= 0) {
			job->failed = true;
			return;
		}
		move_on(job, (uint64_t)moved);
	}
}

static void discard(int descriptor, struct job *job)
{
	long result = system_call(SYS_FALLOCATE, (uintptr_t)descriptor, PUNCH_HOLE,
				  job->offset, job->bytes, 0, 0);
	/* nobody promised that anything would be gone */
	job->failed = result < 0 && result != -EOPNOTSUPP;
}

static void flush(int descriptor, struct job *job)
{
	job->failed = system_call_3(SYS_FDATASYNC, (uintptr_t)descriptor, 0, 0) < 0;
}

/* How many jobs from `first` on are neighbours, with `*parts` parts in all. */
static unsigned run_length(const struct batch *batch, unsigned first, unsigned *parts,
			   uint64_t *bytes)
{
	unsigned last = first;
	*parts = 0;
	*bytes = 0;
	for (; last < batch->count; last++) {
		const struct job *job = batch->jobs[last];
		if (last > first &&
		    (job->operation != batch->jobs[first]->operation || job->missed ||
		     job->offset != batch->jobs[first]->offset + *bytes))
			break;
		*parts += job->count;
		*bytes += job->bytes;
	}
	return last - first;
}

/* Reads as many bytes as all those parts have, or asks for them. */
static bool read_or_fetch(int descriptor, const struct job *job, unsigned parts,
			  uint64_t bytes)
{
	if (transfer(descriptor, job, parts, RWF_NOWAIT) == (long)bytes)
		return true;
	system_call(SYS_FADVISE64, (uintptr_t)descriptor, job->offset, bytes,
		    POSIX_FADV_WILLNEED, 0, 0);
	return false;
}

bool batch_read_at_once(int descriptor, struct job *job)
{
	job->missed = !read_or_fetch(descriptor, job, job->count, job->bytes);
	return !job->missed;
}

/* Reads from `first` on, as far as they are neighbours, without waiting; those that would
 * have to wait are marked. */
static unsigned try_reads(struct batch *batch, unsigned first)
{
	unsigned parts;
	uint64_t bytes;
	unsigned count = run_length(batch, first, &parts, &bytes);
	if (!read_or_fetch(batch->descriptor, batch->jobs[first], parts, bytes))
		for (unsigned i = first; i < first + count; i++)
			batch->jobs[i]->missed = true;
	return count;
}

static unsigned write_run(struct batch *batch, unsigned first)
{
	unsigned parts;
	uint64_t bytes;
	unsigned count = run_length(batch, first, &parts, &bytes);
	if (count > 1 &&
	    transfer(batch->descriptor, batch->jobs[first], parts, 0) == (long)bytes)
		return count;
	for (unsigned i = first; i < first + count; i++)
		transfer_alone(batch->descriptor, batch->jobs[i]);
	return count;
}

static unsigned begin(struct batch *batch, unsigned first)
{
	struct job *job = batch->jobs[first];
	if (job->missed)
		return 1;
	switch (job->operation) {
	case BLOCK_READ:
		return try_reads(batch, first);
	case BLOCK_WRITE:
		return write_run(batch, first);
	case BLOCK_FLUSH:
		flush(batch->descriptor, job);
		return 1;
	case BLOCK_DISCARD:
		discard(batch->descriptor, job);
		return 1;
	}
	return 1;
}

void batch_run(struct batch *batch)
{
	if (batch->count == 1 && batch->jobs[0]->operation == BLOCK_READ) {
		transfer_alone(batch->descriptor, batch->jobs[0]);
		return;
	}
	for (unsigned first = 0; first < batch->count;)
		first += begin(batch, first);
	for (unsigned i = 0; i < batch->count; i++)
		if (batch->jobs[i]->missed)
			transfer_alone(batch->descriptor, batch->jobs[i]);
}
