/* SPDX-License-Identifier: ISC */
/* Arguments become one text, as a machine's command line is, so that all above reads
 * either. No copy: there is no heap yet, and Linux has put them one behind the other.
 */
#include "cmdline.h"
#include "common/boot_variable.h"
#include "common/memory_functions.h"
#include "common/platform.h"
#include "common/report/format.h"
#include "unix/linux/descriptors.h"
#include "unix/linux/system_calls.h"

#define STATUS_USAGE 64
#define STANDARD_ERROR 2
#define DESCRIPTOR_MAX 0x7fffffff

const char *cmdline = "";

const char *platform_cmdline(void)
{
	return cmdline;
}

/* Linux lays the arguments end to end. */
void cmdline_join(uintptr_t *stack)
{
	uintptr_t count = stack[0];
	char **arguments = (char **)(stack + 1);
	if (count < 2)
		return;
	for (uintptr_t i = 1; i + 1 < count; i++) {
		char *end = arguments[i] + text_length(arguments[i]);
		if (end + 1 != arguments[i + 1])
			cmdline_refuse("the arguments do not lie end to end; "
				       "give all of them as one");
		*end = ' ';
	}
	cmdline = arguments[1];
}

void cmdline_refuse(const char *pattern, ...)
{
	char line[256];
	va_list arguments;
	size_t length = format(line, sizeof line, "unikernel: ");
	va_start(arguments, pattern);
	length +=
		format_list(line + length, sizeof line - length - 1, pattern, arguments);
	va_end(arguments);
	line[length++] = '\n';
	system_write(STANDARD_ERROR, line, length);
	system_exit(STATUS_USAGE);
}

bool cmdline_take_number(const char **text, uint64_t most, uint64_t *number)
{
	const char *start = *text;
	uint64_t value = 0;
	for (; **text >= '0' && **text <= '9'; ++*text) {
		value = 10 * value + (uint64_t)(**text - '0');
		if (value > most)
			return false;
	}
	*number = value;
	return *text != start;
}

uint64_t cmdline_number(const char *name, uint64_t least, uint64_t most,
			uint64_t otherwise)
{
	const char *text = boot_variable(cmdline, name);
	uint64_t number;
	if (!text)
		return otherwise;
	if (!cmdline_take_number(&text, most, &number) || (*text && *text != ' ') ||
	    number < least)
		cmdline_refuse("%s is not a number from %u to %u", name, least, most);
	return number;
}

int cmdline_descriptor(const char *name)
{
	if (!boot_variable(cmdline, name))
		return -1;
	uint64_t number = cmdline_number(name, 0, DESCRIPTOR_MAX, 0);
	if (!descriptor_is_open((int)number))
		cmdline_refuse("%s=%u: this process has no such descriptor", name,
			       number);
	return (int)number;
}
