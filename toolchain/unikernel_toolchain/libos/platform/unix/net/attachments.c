/* SPDX-License-Identifier: ISC */
/* A small parser that moves along the value: each take_... goes past what it understands
 * and says whether it did. What is left over at the end is a mistake of the caller's.
 */
#include "attachments.h"
#include "common/boot_variable.h"
#include "common/report/format.h"
#include "taps.h"
#include "unikernel.h"
#include "unix/cmdline.h"
#include "unix/linux/descriptors.h"

#define DESCRIPTOR_MAX 0x7fffffff
#define MTU_LEAST 68   /* RFC 791 */
#define MTU_MOST 65521 /* with an Ethernet header still a frame of 65,535 bytes */
#define NAME_SIZE sizeof "UNIKERNEL_NET_0"

struct attachment attachments[NETS_MAX];

/* Moves past `word` at the beginning of `*text`; false when something else is there. */
static bool take_word(const char **text, const char *word)
{
	const char *at = *text;
	while (*word && *at == *word) {
		at++;
		word++;
	}
	if (*word)
		return false;
	*text = at;
	return true;
}

static bool at_end(const char *text)
{
	return !*text || *text == ' ';
}

static bool take_descriptor(const char **text, int *descriptor)
{
	uint64_t number;
	if (!cmdline_take_number(text, DESCRIPTOR_MAX, &number))
		return false;
	*descriptor = (int)number;
	return true;
}

static int hexadecimal_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Six bytes as aa:bb:cc:dd:ee:ff, one station's. */
static bool take_mac(const char **text, struct attachment *attachment)
{
	for (unsigned i = 0; i < NET_MAC_SIZE; i++) {
		if (i && *(*text)++ != ':')
			return false;
		int high = hexadecimal_digit(**text);
		int low = high < 0 ? -1 : hexadecimal_digit((*text)[1]);
		if (low < 0)
			return false;
		attachment->mac[i] = (uint8_t)(high << 4 | low);
		*text += 2;
	}
	attachment->has_mac = true;
	return !(attachment->mac[0] & 1); /* the bit of groups */
}

static bool take_mtu(const char **text, struct attachment *attachment)
{
	uint64_t number;
	if (!cmdline_take_number(text, MTU_MOST, &number) || number < MTU_LEAST)
		return false;
	attachment->mtu = (uint16_t)number;
	return true;
}

static bool take_option(const char **text, struct attachment *attachment)
{
	if (take_word(text, ",mac="))
		return take_mac(text, attachment);
	return take_word(text, ",mtu=") && take_mtu(text, attachment);
}

/* Reads the value of a variable; `*name`: of the tap to open, NULL for none. */
static bool read_attachment(const char *text, struct attachment *attachment,
			    const char **name)
{
	*attachment = (struct attachment){
		.present = true, .mtu = NET_MTU_DEFAULT, .descriptor = -1};
	*name = NULL;
	attachment->has_headers = take_word(&text, "tap:");
	attachment->is_stream = !attachment->has_headers && take_word(&text, "stream:");
	if (attachment->has_headers || attachment->is_stream ||
	    take_word(&text, "raw:")) {
		if (!take_descriptor(&text, &attachment->descriptor))
			return false;
	} else if (take_word(&text, "open:")) {
		attachment->has_headers = true;
		*name = text;
		while (!at_end(text) && *text != ',')
			text++;
	} else {
		return false;
	}
	while (!at_end(text))
		if (!take_option(&text, attachment))
			return false;
	return true;
}

static void check_open(const char *variable, int descriptor)
{
	if (!descriptor_is_open(descriptor))
		cmdline_refuse("%s: this process has no descriptor %u", variable,
			       (uint64_t)descriptor);
}

/* While everything is allowed: after the sandbox closed a descriptor stays as it is. */
static void attach(const char *variable, struct attachment *attachment, const char *tap)
{
	if (tap)
		attachment->descriptor = tap_open(variable, tap);
	check_open(variable, attachment->descriptor);
	if (attachment->has_headers)
		tap_set_up(variable, attachment->descriptor);
	descriptor_never_wait(attachment->descriptor);
	descriptors_keep(attachment->descriptor);
}

void attachments_init(void)
{
	for (unsigned i = 0; i < NETS_MAX; i++) {
		char variable[NAME_SIZE];
		format(variable, sizeof variable, "UNIKERNEL_NET_%u", (uint64_t)i);
		const char *text = boot_variable(cmdline, variable), *tap;
		if (!text)
			continue;
		if (!read_attachment(text, &attachments[i], &tap))
			cmdline_refuse(
				"%s is not tap:FD, raw:FD, stream:FD or open:NAME, "
				"with ,mac=M ,mtu=N behind it where wanted",
				variable);
		attach(variable, &attachments[i], tap);
	}
}
