/* SPDX-License-Identifier: ISC */
/* Solo5's console, clocks, waiting and ends. */
#include "solo5.h"
#include "solo5_net.h"
#include "unikernel.h"

void solo5_exit(int status)
{
	unikernel_exit(status);
}

void solo5_abort(void)
{
	unikernel_abort("solo5_abort was called");
}

solo5_result_t solo5_set_tls_base(uintptr_t base)
{
	return unikernel_set_tls_base(base) == UNIKERNEL_OK ? SOLO5_R_OK : SOLO5_R_EINVAL;
}

solo5_time_t solo5_clock_monotonic(void)
{
	return unikernel_clock_monotonic();
}

solo5_time_t solo5_clock_wall(void)
{
	return unikernel_clock_wall();
}

void solo5_console_write(const char *buf, size_t size)
{
	unikernel_console_write(buf, size);
}

/* Only in programs that use the network. */
__attribute__((weak)) solo5_handle_set_t solo5_net_wait(solo5_time_t deadline);

/* Solo5 has no console input, so what is typed does not end the wait. */
void solo5_yield(solo5_time_t deadline, solo5_handle_set_t *ready_set)
{
	solo5_handle_set_t ready = 0;
	if (solo5_net_wait)
		ready = solo5_net_wait(deadline);
	else
		unikernel_wait(0, deadline);
	if (ready_set)
		*ready_set = ready;
}
