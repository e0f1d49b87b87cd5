/* SPDX-License-Identifier: ISC */
#include "trace.h"
#include "memory_functions.h"
#include "unikernel.h"
#include "x86.h"

#define PORT 0xe9
#define BUFFER_SIZE 256
#define PORT_PRESENT 0xe9 /* what a read gives when somebody listens */

static bool present;
static uint32_t seen; /* bit n: milestone n is recorded */

static uint8_t buffer[BUFFER_SIZE];
static size_t buffered;

void trace_flush(void)
{
	outsb(PORT, buffer, buffered);
	buffered = 0;
}

static void send(const void *bytes, size_t size)
{
	if (!present)
		return;
	if (size > sizeof buffer - buffered)
		trace_flush();
	memcpy(buffer + buffered, bytes, size);
	buffered += size;
}

static void send_milestone(uk_milestone_t milestone, uint64_t tsc)
{
	struct __attribute__((packed)) {
		uint8_t tag, milestone;
		uint64_t tsc;
	} record = {'T', (uint8_t)milestone, tsc};
	if (seen & 1u << milestone)
		return;
	seen |= 1u << milestone;
	send(&record, sizeof record);
}

void trace_init(uint64_t entry_tsc)
{
	present = inb(PORT) == PORT_PRESENT;
	send_milestone(UK_MILESTONE_ENTRY, entry_tsc);
}

void uk_milestone(uk_milestone_t milestone)
{
	send_milestone(milestone, rdtsc());
}

void trace_clock(uint64_t tsc_hz)
{
	struct __attribute__((packed)) {
		uint8_t tag;
		uint64_t tsc_hz;
	} record = {'H', tsc_hz};
	send(&record, sizeof record);
}

void trace_message(const char *text)
{
	struct __attribute__((packed)) {
		uint8_t tag;
		uint16_t length;
	} record = {'M', (uint16_t)text_length(text)};
	if (record.length > sizeof buffer)
		record.length = sizeof buffer;
	send(&record, sizeof record);
	send(text, record.length);
}

void trace_end(enum end_kind kind, uint32_t status)
{
	struct __attribute__((packed)) {
		uint8_t tag, kind;
		uint32_t status;
	} record = {'X', (uint8_t)kind, status};
	send(&record, sizeof record);
	trace_flush();
}
