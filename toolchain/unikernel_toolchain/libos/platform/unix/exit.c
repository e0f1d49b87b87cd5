/* SPDX-License-Identifier: ISC */
#include "platform.h"
#include "system_calls.h"
#include "trace.h"
#include "wait.h"

void machine_end(enum end_kind kind, uint32_t status, const char *message)
{
	if (kind == END_EXIT)
		wait_finish();
	trace_end(kind, status, message);
	system_exit(exit_status(kind, status));
}
