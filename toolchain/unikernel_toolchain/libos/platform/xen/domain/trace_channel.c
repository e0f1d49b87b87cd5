/* SPDX-License-Identifier: ISC */
/* All records of a boot are a few hundred bytes: they are kept, and the whole is written
 * to data/unikernel-trace, two hexadecimal digits a byte. That takes a round trip to
 * another domain: when the guest first waits, and at its end. */
#include "trace_channel.h"
#include "common/memory_functions.h"
#include "common/trace.h"
#include "pvh/time.h"
#include "x86_64/common/x86.h"
#include "xen/xenstore.h"

#define PATH "data/unikernel-trace"
#define SIZE 512

static uint8_t records[SIZE];
static size_t length, sent;

bool trace_channel_present(void)
{
	return true;
}

/* What does not fit is left out whole; a trace without its end is told as one. */
void trace_channel_write(const void *bytes, size_t size)
{
	if (size > sizeof records - length)
		return;
	memcpy(records + length, bytes, size);
	length += size;
}

void trace_channel_send(void)
{
	char text[2 * SIZE];
	if (sent == length)
		return;
	for (size_t i = 0; i < length; i++) {
		text[2 * i] = "0123456789abcdef"[records[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[records[i] & 0x0f];
	}
	sent = length; /* once, whatever becomes of it */
	xenstore_write(XENSTORE_NO_TRANSACTION, PATH, text, 2 * length);
}

uint64_t trace_channel_stamp(void)
{
	return rdtsc();
}

uint64_t trace_channel_hz(void)
{
	return time_tsc_hz();
}
