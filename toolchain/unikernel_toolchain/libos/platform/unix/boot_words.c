/* SPDX-License-Identifier: ISC */
#include "boot_words.h"
#include "common/boot_variable.h"
#include "common/memory/memory_functions.h"
#include "common/platform.h"
#include "common/report/format.h"
#include "unix/linux/descriptors.h"
#include "unix/linux/system_calls.h"

#define STATUS_USAGE 64
#define STANDARD_ERROR 2
#define DESCRIPTOR_MAX 0x7fffffff

const char *boot_words = "";

const char *platform_cmdline(void)
{
	return boot_words;
}

/* Linux lays the arguments end to end. */
void boot_words_join(uintptr_t *stack)
{
	uintptr_t count = stack[0];
	char **arguments = (char **)(stack + 1);
	if (count < 2)
		return;
	for (uintptr_t i = 1; i + 1 < count; i++) {
		char *end = arguments[i] + text_length(arguments[i]);
		if (end + 1 != arguments[i + 1])
			boot_refuse("the arguments do not lie end to end; "
				    "give all of them as one");
		*end = ' ';
	}
	boot_words = arguments[1];
}

void boot_refuse(const char *pattern, ...)
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

bool boot_take_number(const char **text, uint64_t most, uint64_t *number)
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

uint64_t boot_number(const char *name, uint64_t least, uint64_t most, uint64_t otherwise)
{
	const char *text = boot_variable(boot_words, name);
	uint64_t number;
	if (!text)
		return otherwise;
	if (!boot_take_number(&text, most, &number) || (*text && *text != ' ') ||
	    number < least)
		boot_refuse("%s is not a number from %u to %u", name, least, most);
	return number;
}

int boot_descriptor(const char *name)
{
	if (!boot_variable(boot_words, name))
		return -1;
	uint64_t number = boot_number(name, 0, DESCRIPTOR_MAX, 0);
	if (!descriptor_is_open((int)number))
		boot_refuse("%s=%u: this process has no such descriptor", name, number);
	return (int)number;
}
