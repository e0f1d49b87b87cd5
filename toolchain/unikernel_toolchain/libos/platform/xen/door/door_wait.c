/* SPDX-License-Identifier: ISC */
#include "door_wait.h"

static void flush(struct wait_source *source)
{
	(void)source;
}

static void ask_interrupt(struct wait_source *source, unikernel_ready_t interest)
{
	(void)source, (void)interest;
}

static bool is_idle(const struct wait_source *source)
{
	(void)source;
	return true;
}

void door_wait(struct wait_source *source,
	       unikernel_ready_t (*ready)(const struct wait_source *source))
{
	if (source->ready)
		return;
	source->ready = ready;
	source->flush = flush;
	source->ask_interrupt = ask_interrupt;
	source->is_idle = is_idle;
	wait_add(source);
}
