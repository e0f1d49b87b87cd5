#include "port.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <poll.h>

enum {
	FULL = sizeof(struct frame) + MOST_PAYLOAD,
	SMALL = sizeof(struct frame) + TOKEN_BYTES,
	RESERVE = 2 * MOST_CHANNELS * SMALL, /* that data leaves for other frames */
	OUT = 3 * FULL + RESERVE,
};

static int port;

static struct {
	size_t used;
	uint8_t bytes[2 * FULL];
} in;

static struct {
	size_t begin, end;
	uint8_t bytes[OUT];
} out;

void port_open(int descriptor)
{
	port = descriptor;
}

static size_t room(void)
{
	return sizeof out.bytes - out.end;
}

bool port_has_room(bool data)
{
	return room() >= (data ? FULL + RESERVE : SMALL);
}

short port_events(void)
{
	return (short)((port_has_room(false) ? POLLIN : 0) | (out.end ? POLLOUT : 0));
}

static void check(const struct frame *frame)
{
	if (frame->length > MOST_PAYLOAD || frame->reserved)
		give_up("the owner sent no frame");
}

static void take_frames(taker *take)
{
	size_t at = 0;
	struct frame frame;
	while (in.used - at >= sizeof frame && port_has_room(false)) {
		memcpy(&frame, in.bytes + at, sizeof frame);
		check(&frame);
		if (in.used - at < sizeof frame + frame.length)
			break;
		take(&frame, in.bytes + at + sizeof frame);
		at += sizeof frame + frame.length;
	}
	memmove(in.bytes, in.bytes + at, in.used - at);
	in.used -= at;
}

/* The port gives a page at a time: all of it is read before anything else is looked at.
 */
static bool fill(void)
{
	while (in.used < sizeof in.bytes && port_has_room(false)) {
		ssize_t got = read(port, in.bytes + in.used, sizeof in.bytes - in.used);
		if (got < 0)
			return errno == EAGAIN || errno == EINTR;
		if (!got)
			return false;
		in.used += (size_t)got;
	}
	return true;
}

bool port_receive(taker *take)
{
	take_frames(take); /* that found no room for their answers the last time */
	bool somebody = fill();
	take_frames(take);
	return somebody;
}

uint8_t *port_payload(void)
{
	return out.bytes + out.end + sizeof(struct frame);
}

void port_send(enum kind kind, uint32_t channel, const void *payload, size_t length)
{
	struct frame frame = {(uint32_t)length, channel, kind, 0, monotonic_ns()};
	if (room() < sizeof frame + length)
		give_up("a frame was sent without asking for room");
	if (payload != port_payload() && length)
		memcpy(port_payload(), payload, length);
	memcpy(out.bytes + out.end, &frame, sizeof frame);
	out.end += sizeof frame + length;
}

void port_flush(void)
{
	while (out.begin < out.end) {
		ssize_t sent = write(port, out.bytes + out.begin, out.end - out.begin);
		if (sent < 0 && errno != EINTR)
			break; /* poll(2) says when it goes on, or that nobody is there */
		out.begin += sent > 0 ? (size_t)sent : 0;
	}
	memmove(out.bytes, out.bytes + out.begin, out.end - out.begin);
	out.end -= out.begin;
	out.begin = 0;
}

uint64_t monotonic_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void give_up(const char *why)
{
	fprintf(stderr, "agent: %s\n", why);
	exit(1);
}
