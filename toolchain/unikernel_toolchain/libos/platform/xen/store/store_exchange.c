/* SPDX-License-Identifier: ISC */
/* The connection is made at the first request: most guests of a second's life need none.
 *
 * A store that does not answer in time is asked again later, for a short while: it may
 * have been stopped and gone on. An answer that comes too late has a number that nobody
 * waits for any more. A request that did not go out whole, or an answer that is none,
 * ends the connection for good: nobody could tell where the next message begins.
 */
#include "store_exchange.h"
#include "pvh/time.h"
#include "watch_list.h"
#include "xen/event_channel.h"
#include "xen/hvm_parameter.h"
#include "xen/places.h"

#include <hvm/params.h>

#define SILENT_LIMIT_NS (XENSTORE_LIMIT_NS / 50)

static struct store_ring ring; /* without a page: not connected */
static struct store_message message;
static uint32_t port, request_id;
static bool silent; /* the last request had no answer */
static bool busy;   /* in the middle of one: a report may interrupt it */

static void on_event(void *argument)
{
	(void)argument; /* the ring says the rest */
}

static void connect(void)
{
	void *page = place_of_ring(hvm_parameter(HVM_PARAM_STORE_PFN));
	port = (uint32_t)hvm_parameter(HVM_PARAM_STORE_EVTCHN);
	if (!page)
		return;
	store_ring_init(&ring, page);
	message.have = 0;
	silent = false;
	event_channel_set_handler(port, on_event, 0);
}

void store_reconnect(void)
{
	if (ring.page)
		connect();
}

static bool is_answer(void)
{
	return message.header.type != XS_WATCH_EVENT &&
	       message.header.req_id == request_id;
}

/* Takes in messages until the answer is among them, or no more. */
static bool receive(void)
{
	bool some = false, answered = false;
	while (!answered && store_message_receive(&message, &ring)) {
		uint32_t token;
		const char *path;
		some = true;
		silent = false;
		answered = is_answer();
		if (message.header.type == XS_WATCH_EVENT &&
		    (path = store_message_event(&message, &token)))
			watch_list_event(token, path);
	}
	if (some || message.have)
		event_channel_notify(port); /* there is room for more */
	return answered;
}

/* Waits for the other side to do something with the ring. */
static bool wait_until(uint64_t until_ns)
{
	if (ring.broken || time_running_ns() >= until_ns)
		return false;
	event_channel_wait(port, until_ns);
	return true;
}

static bool send(const void *bytes, size_t length, uint64_t until_ns)
{
	const char *next = bytes;
	for (;;) {
		size_t count = store_ring_put(&ring, next, length);
		next += count;
		length -= count;
		if (!length)
			return true;
		event_channel_notify(port);
		if (!wait_until(until_ns))
			return false;
	}
}

static bool send_all(const struct xsd_sockmsg *header, const struct store_piece *pieces,
		     unsigned count, uint64_t until_ns)
{
	bool sent = send(header, sizeof *header, until_ns);
	for (unsigned i = 0; i < count && sent; i++)
		sent = send(pieces[i].bytes, pieces[i].length, until_ns);
	ring.broken |= !sent;
	event_channel_notify(port);
	return sent;
}

static enum xenstore_result error_of(const char *name, size_t length)
{
	static const struct {
		char name[12];
		enum xenstore_result result;
	} errors[] = {
		{"ENOENT", XENSTORE_MISSING},	{"EACCES", XENSTORE_DENIED},
		{"EPERM", XENSTORE_DENIED},	{"EROFS", XENSTORE_DENIED},
		{"EAGAIN", XENSTORE_AGAIN},	{"E2BIG", XENSTORE_TOO_LARGE},
		{"ENOSPC", XENSTORE_TOO_LARGE},
	};
	for (unsigned i = 0; i < sizeof errors / sizeof *errors; i++) {
		const char *known = errors[i].name;
		size_t at = 0;
		while (at < length && known[at] && known[at] == name[at])
			at++;
		if (!known[at] && (at == length || !name[at]))
			return errors[i].result;
	}
	return XENSTORE_REFUSED;
}

static enum xenstore_result answer_to(uint32_t type)
{
	if (message.header.type == XS_ERROR)
		return error_of(message.payload, message.header.len);
	ring.broken |= message.header.type != type;
	return ring.broken ? XENSTORE_GONE : XENSTORE_OK;
}

static enum xenstore_result ask(const struct xsd_sockmsg *header,
				const struct store_piece *pieces, unsigned count)
{
	uint64_t limit_ns = silent ? SILENT_LIMIT_NS : XENSTORE_LIMIT_NS;
	uint64_t until_ns = time_running_ns() + limit_ns;
	if (!send_all(header, pieces, count, until_ns))
		return XENSTORE_GONE;
	while (!receive())
		if (!wait_until(until_ns)) {
			silent = true;
			return XENSTORE_GONE;
		}
	return answer_to(header->type);
}

enum xenstore_result store_exchange(uint32_t type, xenstore_transaction_t transaction,
				    const struct store_piece *pieces, unsigned count,
				    const struct store_message **answer)
{
	size_t length = 0;
	for (unsigned i = 0; i < count; i++)
		length += pieces[i].length;
	if (length > XENSTORE_MESSAGE_MAX)
		return XENSTORE_TOO_LARGE;
	if (!ring.page)
		connect();
	if (!ring.page || ring.broken || busy)
		return XENSTORE_GONE;
	struct xsd_sockmsg header = {type, ++request_id, transaction, (uint32_t)length};
	busy = true;
	enum xenstore_result result = ask(&header, pieces, count);
	busy = false;
	*answer = &message;
	return result;
}

void store_poll(void)
{
	if (ring.page && !ring.broken && !busy)
		receive();
}

bool store_wait(uint64_t until_ns)
{
	if (!ring.page || !wait_until(until_ns))
		return false;
	store_poll();
	return true;
}
