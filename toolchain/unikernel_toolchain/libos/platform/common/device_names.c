/* SPDX-License-Identifier: ISC */
#include "device_names.h"
#include "platform.h"

/* Without names, devices are handed out in their order. */
static unsigned first_free(const bool taken[], unsigned most)
{
	unsigned position = 0;
	while (position < most && taken[position])
		position++;
	return position;
}

unsigned device_position(const char *list, const char *name, const bool taken[],
			 unsigned most)
{
	const char *names = boot_variable(platform_cmdline(), list);
	unsigned position =
		names ? boot_list_position(names, name) : first_free(taken, most);
	return position < most && taken[position] ? NOT_IN_LIST : position;
}
