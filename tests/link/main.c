/* SPDX-License-Identifier: ISC */
/* A bad line between two Ethernet interfaces: link INTERFACE|- LOSS DELAY_NS JITTER_NS
 * REORDER DUPLICATE CORRUPT LIMIT SEED
 *
 * The near end is the interface `host` of a new namespace; the far end INTERFACE of this
 * one, or for "-" `peer` in a second new namespace. It says "ready HOST PEER", the
 * namespaces' descriptors, and carries frames until its standard input ends. Then it
 * tallies, one line for the direction to the far end and one for the direction back. */
#include "ends.h"
#include "impairment.h"
#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define BURST 64 /* frames read from one end before the other has its turn */

typedef struct {
	int in, out;
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

/* A frame that the end refuses, having no room, is lost as on a wire. */
static void give_out(direction_t *direction)
{
	for (frame_t *frame; (frame = line_next(&direction->line)) != NULL;) {
		if (frame->due_ns > now_ns())
			return;
		if (write(direction->out, frame->bytes, frame->length) < 0)
			direction->line.tally.overrun++;
		line_leave(&direction->line);
	}
}

static void wake_at_the_next(int timer, direction_t *directions)
{
	struct itimerspec alarm = {0};
	uint64_t first_ns = UINT64_MAX;
	for (int i = 0; i < 2; i++) {
		frame_t *frame = line_next(&directions[i].line);
		if (frame != NULL && frame->due_ns < first_ns)
			first_ns = frame->due_ns;
	}
	if (first_ns != UINT64_MAX) {
		alarm.it_value.tv_sec = (time_t)(first_ns / 1000000000u);
		alarm.it_value.tv_nsec = (long)(first_ns % 1000000000u);
	}
	timerfd_settime(timer, TFD_TIMER_ABSTIME, &alarm, NULL);
}

static void watch(int set, int descriptor)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
	if (epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event) < 0)
		err(1, "epoll");
}

/* The next frame's time is a timer's: epoll_wait counts in milliseconds. */
static void carry(direction_t *directions)
{
	int set = epoll_create1(EPOLL_CLOEXEC);
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	watch(set, timer);
	watch(set, STDIN_FILENO);
	watch(set, directions[0].in);
	watch(set, directions[1].in);
	for (bool asked_to_end = false; !asked_to_end;) {
		struct epoll_event ready[4];
		int count = epoll_wait(set, ready, 4, -1);
		for (int i = 0; i < count; i++)
			asked_to_end |= ready[i].data.fd == STDIN_FILENO;
		for (int i = 0; i < 2; i++) {
			take_in(&directions[i]);
			give_out(&directions[i]);
		}
		wake_at_the_next(timer, directions);
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
	int host_space, peer_space = -1;
	int host = end_in_new_namespace("host", &host_space);
	int far = strcmp(argv[1], "-") ? end_at_interface(argv[1])
				       : end_in_new_namespace("peer", &peer_space);
	direction_t directions[] = {{.in = host, .out = far}, {.in = far, .out = host}};
	for (uint64_t i = 0; i < 2; i++)
		line_init(&directions[i].line, &impairment, i);
	printf("ready %d %d\n", host_space, peer_space);
	fflush(stdout);
	carry(directions);
	report(&directions[0].line.tally);
	report(&directions[1].line.tally);
	return 0;
}
