/* SPDX-License-Identifier: ISC */
/* The other end may go away: from then on there is no channel, and nothing else changes.
 */
#include "trace_channel.h"
#include "cmdline.h"
#include "common/trace.h"
#include "time.h"
#include "unix/linux/descriptors.h"
#include "unix/linux/system_calls.h"
#include "unix/linux/write.h"

static int channel = -1;
static bool looked_at;

void trace_channel_init(void)
{
	channel = cmdline_descriptor("UNIKERNEL_TRACE");
	if (channel >= 0)
		descriptors_keep(channel);
	looked_at = cmdline_number("UNIKERNEL_CORE", 0, 1, 0);
}

bool trace_channel_present(void)
{
	return channel >= 0;
}

void trace_channel_write(const void *bytes, size_t size)
{
	if (!write_all(channel, bytes, size))
		channel = -1;
}

void trace_channel_wait(void)
{
	char word;
	if (channel >= 0 && looked_at)
		system_read(channel, &word, sizeof word);
}

uint64_t trace_channel_stamp(void)
{
	return time_running_ns();
}

uint64_t trace_channel_hz(void)
{
	return SECOND_NS;
}
