/* SPDX-License-Identifier: ISC */
/* batch.h: requests of a file, carried out together. */
#ifndef BATCH_H
#define BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/blocks.h"
#include "files.h"
#include "unix/linux/system_calls.h"

#define JOBS_MAX 128
#define PARTS_MAX 1024 /* of all jobs; the kernel takes as many at once (IOV_MAX) */

struct job {
	enum block_operation operation;
	bool failed;
	bool missed; /* a read that would have waited for the medium */
	unsigned count;
	uint64_t offset, bytes;
	struct io_part *parts;
	void *token;
};

struct batch {
	int descriptor;
	unsigned count;
	struct job *jobs[JOBS_MAX]; /* the parts of one lie behind those of the last */
};

/* Reads what is in memory already; false when the medium would have to be waited for,
 * which is asked for it then. */
bool batch_read_at_once(int descriptor, struct job *job);

/* Carries all of them out and says of each whether it failed. */
void batch_run(struct batch *batch);

#endif
