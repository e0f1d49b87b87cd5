/* SPDX-License-Identifier: ISC */
/* A descriptor that leaked in from a parent is a way out of the sandbox: whatever no word
 * of the command line names is closed, in the gaps between those that are kept.
 */
#include "descriptors.h"
#include "system_calls.h"
#include "unikernel.h"

#define F_DUPFD 0
#define F_GETFD 1
#define F_GETFL 3
#define F_SETFL 4
#define O_NONBLOCK 04000
#define STANDARD_ERROR 2
#define KEPT_MAX 32
#define DESCRIPTORS_OF_OLD 1024 /* looked at where Linux is older than 5.9 */

static unsigned kept[KEPT_MAX] = {CONSOLE_INPUT, CONSOLE_OUTPUT}; /* ascending */
static unsigned kept_count = 2;

void descriptors_keep(int descriptor)
{
	unsigned index = kept_count;
	if (kept_count == KEPT_MAX)
		unikernel_abort("more descriptors than a process can be given");
	for (; index && kept[index - 1] > (unsigned)descriptor; index--)
		kept[index] = kept[index - 1];
	kept[index] = (unsigned)descriptor;
	kept_count++;
}

bool descriptor_is_open(int descriptor)
{
	return system_fcntl(descriptor, F_GETFD, 0) >= 0;
}

long descriptor_flags(int descriptor)
{
	return system_fcntl(descriptor, F_GETFL, 0);
}

void descriptor_never_wait(int descriptor)
{
	uintptr_t flags = (uintptr_t)descriptor_flags(descriptor);
	system_fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

int descriptor_above_standard(int descriptor)
{
	if (descriptor > STANDARD_ERROR)
		return descriptor;
	long above = system_fcntl(descriptor, F_DUPFD, STANDARD_ERROR + 1);
	system_close(descriptor);
	return (int)above;
}

static void close_range(unsigned first, unsigned last)
{
	if (system_call_3(SYS_CLOSE_RANGE, first, last, 0) == 0)
		return;
	for (; first <= last && first < DESCRIPTORS_OF_OLD; first++)
		system_close((int)first);
}

void descriptors_close_others(void)
{
	unsigned first = 0;
	for (unsigned i = 0; i < kept_count; i++) {
		if (kept[i] > first)
			close_range(first, kept[i] - 1);
		first = kept[i] + 1;
	}
	close_range(first, ~0u);
}
