/* SPDX-License-Identifier: ISC */
#include "stack_protector.h"
#include "common/offered.h"
#include "common/report/format.h"
#include "common/report/report.h"
#include "unikernel.h"

__attribute__((noreturn)) void __stack_chk_fail(void);

/* Random from before the first C: boot.S. */
uintptr_t __stack_chk_guard;

void __stack_chk_fail(void)
{
	char place[REPORT_TEXT_SIZE], why[REPORT_TEXT_SIZE];
	/* the call may be the function's last instruction */
	report_place((uintptr_t)__builtin_return_address(0) - 1, place, sizeof place);
	format(why, sizeof why, "stack smashed: a buffer overrun found at %s", place);
	unikernel_abort(why);
}

OFFERED(__stack_chk_guard);
OFFERED(__stack_chk_fail);
