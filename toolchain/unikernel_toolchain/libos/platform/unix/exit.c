/* SPDX-License-Identifier: ISC */
#include "common/platform.h"
#include "common/trace.h"
#include "unix/linux/system_calls.h"
#include "trace_channel.h"
#include "wait.h"

/* Frames that wait still leave, but only where the guest ended as it meant to. */
void platform_exit(enum end_kind kind, uint32_t status, const char *message)
{
	if (kind == END_EXIT)
		wait_finish();
	trace_end(kind, status, message);
	if (kind != END_EXIT)
		trace_channel_wait();
	system_exit(exit_status(kind, status));
}
