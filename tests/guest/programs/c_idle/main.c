/* SPDX-License-Identifier: ISC */
/* Answers each letter typed with a numbered line: t the clocks' time, s a sleep of one
 * second and how long it took, all in nanoseconds; q ends. */
#include <stdio.h>

#include "unikernel.h"

#define SLEEP_NS 1000000000u

static char typed(void)
{
	char byte;
	while (!unikernel_console_read(&byte, 1))
		unikernel_wait(UNIKERNEL_READY_CONSOLE, UINT64_MAX);
	return byte;
}

static unsigned long long sleep_once(void)
{
	uint64_t start = unikernel_clock_monotonic();
	while (unikernel_clock_monotonic() < start + SLEEP_NS)
		unikernel_wait(0, start + SLEEP_NS);
	return unikernel_clock_monotonic() - start;
}

int main(void)
{
	puts("ready");
	for (unsigned n = 1;; n++) {
		char letter = typed();
		if (letter == 't')
			printf("%u: monotonic %llu wall %llu\n", n,
			       (unsigned long long)unikernel_clock_monotonic(),
			       (unsigned long long)unikernel_clock_wall());
		else if (letter == 's')
			printf("%u: slept %llu\n", n, sleep_once());
		else
			return 0;
	}
}
