/* SPDX-License-Identifier: ISC */
#include "trace.h"
#include "memory_functions.h"
#include "time.h"
#include "unikernel.h"
#include "x86.h"

#define PORT 0xe9
#define PORT_PRESENT 0xe9 /* what a read gives when somebody listens */
#define MILESTONES (UK_MILESTONE_LINE + 1)

static uint64_t passed[MILESTONES]; /* time stamps; 0: not passed */
static uint32_t sent;		    /* bit n: milestone n is on its way */
static bool clock_sent;

static bool present(void)
{
	return inb(PORT) == PORT_PRESENT;
}

static void send(const void *bytes, size_t size)
{
	outsb(PORT, bytes, size);
}

static void send_clock(void)
{
	struct __attribute__((packed)) {
		uint8_t tag;
		uint64_t tsc_hz;
	} record = {'H', time_tsc_hz()};
	send(&record, sizeof record);
	clock_sent = true;
}

static void send_milestone(uint8_t milestone)
{
	struct __attribute__((packed)) {
		uint8_t tag, milestone;
		uint64_t tsc;
	} record = {'T', milestone, passed[milestone]};
	send(&record, sizeof record);
	sent |= 1u << milestone;
}

/* A guest that did not get as far as UK_MILESTONE_BASE cannot measure its clock. */
static void send_milestones(void)
{
	if (passed[UK_MILESTONE_BASE] && !clock_sent)
		send_clock();
	for (uint8_t i = 0; i < MILESTONES; i++)
		if (passed[i] && !(sent & 1u << i))
			send_milestone(i);
}

void trace_entry(uint64_t tsc)
{
	passed[UK_MILESTONE_ENTRY] = tsc;
}

void uk_milestone(uk_milestone_t milestone)
{
	if (!passed[milestone])
		passed[milestone] = rdtsc();
}

void trace_flush(void)
{
	if (present())
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
	if (!present())
		return;
	send_milestones();
	if (message) {
		send(&words, sizeof words);
		send(message, words.length);
	}
	send(&end, sizeof end);
}
