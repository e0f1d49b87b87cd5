/* SPDX-License-Identifier: ISC */
/* A bad line between two Ethernet interfaces: link INTERFACE|- LOSS DELAY_NS JITTER_NS
 * REORDER DUPLICATE CORRUPT LIMIT SEED
 *
 * The near end is the interface `host` of a new namespace; the far end INTERFACE, a tap
 * made in this one, or for "-" `peer` in a second new namespace. It says "ready HOST
 * PEER", the namespaces' descriptors, and carries frames until its standard input ends.
 * Then it tallies, one line for the direction to the far end and one for the direction
 * back. */
#define _GNU_SOURCE
#include "ends.h"
#include "impairment.h"
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BURST 64 /* frames read from one end before the other has its turn */
#define RETRY_NS UINT64_C(100000) /* until a full end is tried again */

typedef struct {
	int in, out;
	bool full; /* the end refused a frame, having no room */
	line_t line;
} direction_t;

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void take_in(direction_t *direction)
{
	uint8_t bytes[FRAME_LIMIT];
	for (int i = 0; i < BURST; i++) {
		ssize_t length = read(direction->in, bytes, sizeof bytes);
		if (length <= 0)
			return;
		line_enter(&direction->line, now_ns(), bytes, (size_t)length);
	}
}

/* A full end makes the other one wait, as a device whose queue is full does. */
static void give_out(direction_t *direction)
{
	direction->full = false;
	for (frame_t *frame; (frame = line_next(&direction->line)) != NULL;) {
		if (frame->due_ns > now_ns())
			return;
		if (write(direction->out, frame->bytes, frame->length) < 0) {
			direction->full = errno == ENOBUFS || errno == EAGAIN;
			if (direction->full)
				return;
			direction->line.tally.overrun++;
		}
		line_leave(&direction->line);
	}
}

/* When there is something to do for a direction though no frame enters. */
static uint64_t next_ns(direction_t *direction)
{
	frame_t *frame = line_next(&direction->line);
	if (direction->full)
		return now_ns() + RETRY_NS;
	return frame != NULL ? frame->due_ns : UINT64_MAX;
}

static void wait_until(uint64_t due_ns, struct pollfd *ends, nfds_t count)
{
	uint64_t now = now_ns(), left_ns = due_ns > now ? due_ns - now : 0;
	struct timespec timeout = {.tv_sec = (time_t)(left_ns / 1000000000u),
				   .tv_nsec = (long)(left_ns % 1000000000u)};
	if (ppoll(ends, count, due_ns == UINT64_MAX ? NULL : &timeout, NULL) < 0)
		err(1, "poll");
}

/* Until the standard input ends. */
static void carry(direction_t *directions)
{
	struct pollfd ends[3] = {{.fd = STDIN_FILENO, .events = POLLIN}};
	while (ends[0].revents == 0) {
		uint64_t due_ns = UINT64_MAX;
		for (int i = 0; i < 2; i++) {
			direction_t *direction = &directions[i];
			int in = direction->full ? -1 : direction->in;
			ends[1 + i] = (struct pollfd){.fd = in, .events = POLLIN};
			if (next_ns(direction) < due_ns)
				due_ns = next_ns(direction);
		}
		wait_until(due_ns, ends, 3);
		for (int i = 0; i < 2; i++) {
			if (ends[1 + i].revents)
				take_in(&directions[i]);
			give_out(&directions[i]);
		}
	}
}

static void report(const tally_t *tally)
{
	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
	       "\n",
	       tally->passed, tally->lost, tally->reordered, tally->duplicated,
	       tally->corrupted, tally->overrun);
}

int main(int argc, char **argv)
{
	if (argc != 10)
		errx(2, "wrong number of arguments");
	impairment_t impairment = {
		.loss = strtod(argv[2], NULL),
		.delay_ns = strtoull(argv[3], NULL, 10),
		.jitter_ns = strtoull(argv[4], NULL, 10),
		.reorder = strtod(argv[5], NULL),
		.duplicate = strtod(argv[6], NULL),
		.corrupt = strtod(argv[7], NULL),
		.limit = strtoull(argv[8], NULL, 10),
		.seed = strtoull(argv[9], NULL, 10),
	};
	signal(SIGPIPE, SIG_IGN); /* the tap goes even if nobody reads the tally */
	int host_space, peer_space = -1;
	int host = end_in_new_namespace("host", &host_space);
	int far = strcmp(argv[1], "-") ? end_at_new_interface(argv[1])
				       : end_in_new_namespace("peer", &peer_space);
	direction_t directions[] = {{.in = host, .out = far}, {.in = far, .out = host}};
	for (uint64_t i = 0; i < 2; i++)
		line_init(&directions[i].line, &impairment, i);
	printf("ready %d %d\n", host_space, peer_space);
	fflush(stdout);
	carry(directions);
	report(&directions[0].line.tally);
	report(&directions[1].line.tally);
	fflush(stdout);
	if (peer_space < 0)
		end_of_interface(argv[1]);
	return 0;
}
