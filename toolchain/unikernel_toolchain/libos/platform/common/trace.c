/* SPDX-License-Identifier: ISC */
/* Milestones are kept and sent in one piece: under emulation a write to the channel costs
 * more than what is measured. Nothing is formatted; whoever reads knows the layout.
 */
#include "trace.h"
#include "memory_functions.h"
#include "unikernel.h"

#define MILESTONES (UNIKERNEL_MILESTONE_LINE + 1)

struct __attribute__((packed)) clock_record {
	uint8_t tag;
	uint64_t hz;
};

struct __attribute__((packed)) milestone_record {
	uint8_t tag, milestone;
	uint64_t stamp;
};

static uint64_t passed[MILESTONES]; /* time stamps; 0: not passed */
static uint32_t sent;		    /* bit n: milestone n is on its way */
static bool clock_sent;

/* A guest that did not get as far as UNIKERNEL_MILESTONE_BASE cannot measure its clock.
 */
static void send_clock(void)
{
	if (clock_sent || !passed[UNIKERNEL_MILESTONE_BASE])
		return;
	struct clock_record record = {'H', trace_channel_hz()};
	trace_channel_write(&record, sizeof record);
	clock_sent = true;
}

static void send_milestones(void)
{
	struct milestone_record records[MILESTONES];
	unsigned count = 0;
	send_clock();
	for (uint8_t i = 0; i < MILESTONES; i++) {
		if (!passed[i] || sent & 1u << i)
			continue;
		records[count++] = (struct milestone_record){'T', i, passed[i]};
		sent |= 1u << i;
	}
	if (count)
		trace_channel_write(records, count * sizeof *records);
}

void trace_entry(uint64_t stamp)
{
	passed[UNIKERNEL_MILESTONE_ENTRY] = stamp;
}

void unikernel_milestone(unikernel_milestone_t milestone)
{
	if (!passed[milestone])
		passed[milestone] = trace_channel_stamp();
}

void trace_flush(void)
{
	if (trace_channel_present())
		send_milestones();
}

void trace_end(enum end_kind kind, uint32_t status, const char *message)
{
	struct __attribute__((packed)) {
		uint8_t tag, kind;
		uint32_t status;
	} end = {'X', (uint8_t)kind, status};
	struct __attribute__((packed)) {
		uint8_t tag;
		uint16_t length;
	} words = {'M', (uint16_t)(message ? text_length(message) : 0)};
	if (!trace_channel_present())
		return;
	send_milestones();
	if (message) {
		trace_channel_write(&words, sizeof words);
		trace_channel_write(message, words.length);
	}
	trace_channel_write(&end, sizeof end);
}
