/* SPDX-License-Identifier: ISC */
/* A xenstore that answers what it likes: as it should, late, in pieces, with errors,
 * events of watches that are and are not, another request's number, lengths beyond a
 * message's, bytes without sense, and indices that jump. Every call ends in time and by
 * one of its results; what is read is what was answered, in a buffer that holds it.
 * Usage: xen_store [ANSWERS] */
#include "xen_back_end.h"
#include "pvh/time.h"
#include "xen/event_channel.h"
#include "xen/hvm_parameter.h"
#include "xen/places.h"
#include "xen/store/store_exchange.h"
#include "xen/store/watches.h"
#include "xen/xenstore.h"

#define MESSAGE (sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX)
#define RING XENSTORE_RING_SIZE
#define TICK_NS 1000000u

static struct xenstore_domain_interface *page;
static uint64_t now_ns = 1, answers, most;
static char asked[MESSAGE], answer[2 * MESSAGE], expected[XENSTORE_PAYLOAD_MAX];
static size_t asked_size, answer_size, answer_sent, expected_size;
static bool honest; /* the answer on its way is what was asked for */
static bool lied;   /* since the connection was made: bytes may be taken for others */
static struct xenstore_watch watch = {.path = "control/shutdown"};
static uint32_t events; /* told of by the watch */
static uint32_t compared;

void unikernel_console_write(const char *text, size_t length)
{
	(void)text;
	(void)length;
}

uint64_t time_running_ns(void)
{
	return now_ns;
}

uint64_t hvm_parameter(uint32_t index)
{
	return index;
}

void *place_of_ring(uint64_t frame)
{
	(void)frame;
	return page;
}

void event_channel_set_handler(uint32_t port, event_handler_t handler, void *argument)
{
	(void)port;
	(void)handler;
	(void)argument;
}

void event_channel_notify(uint32_t port)
{
	(void)port;
}

static void say(const void *bytes, size_t size)
{
	size_t room = sizeof answer - answer_size;
	memcpy(answer + answer_size, bytes, size < room ? size : room);
	answer_size += size < room ? size : room;
}

static void say_message(uint32_t type, uint32_t id, const void *payload, uint32_t size)
{
	struct xsd_sockmsg header = {type, id, any(), size};
	say(&header, sizeof header);
	say(payload, size < XENSTORE_PAYLOAD_MAX ? size : XENSTORE_PAYLOAD_MAX);
}

static void any_bytes(char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = one_in(4) ? (char)any() : (char)('0' + below(10));
}

static void say_event(void)
{
	char payload[64];
	const char *paths[] = {"control/shutdown", "", "@releaseDomain"};
	const char *path = paths[below(3)];
	uint32_t token = one_in(2) ? watch.token : any();
	int size = snprintf(payload, sizeof payload, "%s%c%u", path, 0, token) + 1;
	if (one_in(4))
		any_bytes(payload, sizeof payload);
	say_message(XS_WATCH_EVENT, any(), payload,
		    below(4) ? (uint32_t)size : below(64));
}

/* What a store would answer, more or less. */
static void say_answer(const struct xsd_sockmsg *request)
{
	const char *errors[] = {"ENOENT", "EACCES", "EAGAIN", "E2BIG",
				"EWHAT",  "",	    "EAG"};
	const char *error = errors[below(7)];
	switch (below(8)) {
	case 0:
		say_message(XS_ERROR, request->req_id, error,
			    (uint32_t)strlen(error) + 1);
		break;
	case 1:
		lied = true;
		say_message(request->type, request->req_id + below(3) - 1, "", 0);
		break;
	case 2:
		say_message(any() % 32, request->req_id, "", 0);
		break;
	default:
		expected_size = below(one_in(4) ? XENSTORE_PAYLOAD_MAX + 1 : 24);
		any_bytes(expected, expected_size);
		say_message(request->type, request->req_id, expected,
			    (uint32_t)expected_size);
		honest = true;
	}
}

static void answer_request(void)
{
	struct xsd_sockmsg request;
	memcpy(&request, asked, sizeof request);
	answers++;
	honest = false;
	for (unsigned n = below(3); n; n--)
		say_event();
	if (one_in(40))
		say_message(any(), any(), expected,
			    XENSTORE_PAYLOAD_MAX + 1 + below(1000));
	else if (one_in(40)) {
		char noise[64];
		lied = true;
		any_bytes(noise, sizeof noise);
		say(noise, sizeof noise);
	} else if (!one_in(40))
		say_answer(&request);
}

/* Takes in a request as it comes, and answers once it is whole. */
static void listen(void)
{
	if (page->req_prod - page->req_cons > RING)
		return; /* its own index jumped */
	while (page->req_cons != page->req_prod && !one_in(600)) {
		asked[asked_size++] = page->req[page->req_cons++ % RING];
		struct xsd_sockmsg header;
		memcpy(&header, asked, sizeof header);
		size_t size = sizeof header + header.len;
		if (asked_size < sizeof header ||
		    (asked_size < size && asked_size < sizeof asked))
			continue;
		answer_request();
		asked_size = 0;
	}
}

static void speak(void)
{
	while (answer_sent < answer_size && page->rsp_prod - page->rsp_cons < RING &&
	       !one_in(300))
		page->rsp[page->rsp_prod++ % RING] = answer[answer_sent++];
	if (answer_sent == answer_size)
		answer_sent = answer_size = 0;
}

bool event_channel_wait(uint32_t port, uint64_t until_ns)
{
	(void)port;
	now_ns += one_in(100) ? XENSTORE_LIMIT_NS : TICK_NS;
	now_ns = now_ns < until_ns ? now_ns : until_ns;
	listen();
	speak();
	if (one_in(300)) {
		uint32_t *indices[] = {&page->rsp_prod, &page->req_cons, &page->rsp_cons,
				       &page->req_prod};
		lied = true;
		*indices[below(2)] = any();
	}
	return one_in(2);
}

static void changed(struct xenstore_watch *which, const char *path)
{
	assert(which == &watch && path);
	events++;
}

static void begin(void)
{
	memset(page, 0, sizeof *page);
	asked_size = answer_size = answer_sent = 0;
	lied = false;
	store_reconnect();
}

static void read_value(void)
{
	size_t capacity = 1 + below(one_in(4) ? 5000 : 32), length = SIZE_MAX;
	char *buffer = malloc(capacity);
	switch (xenstore_read(0, "name", buffer, capacity, &length)) {
	case XENSTORE_OK:
		assert(length < capacity && buffer[length] == 0);
		compared += honest && !lied;
		assert(!honest || lied ||
		       (length == expected_size && !memcmp(buffer, expected, length)));
		break;
	default:
		assert(length == SIZE_MAX);
	}
	free(buffer);
}

static void read_number(void)
{
	uint64_t value = 4711, limit = one_in(2) ? UINT64_MAX : 100000;
	if (xenstore_read_number("device/vif/0", "handle", &value, limit) == XENSTORE_OK)
		assert(value <= limit);
	else
		assert(value == 4711);
}

static void read_directory(void)
{
	size_t capacity = below(9000), length = 0;
	char *buffer = malloc(capacity + 1);
	if (xenstore_directory(0, "device", buffer, capacity, &length) == XENSTORE_OK)
		assert(length <= capacity);
	free(buffer);
}

static void write_value(void)
{
	static char value[XENSTORE_PAYLOAD_MAX + 64];
	size_t size = below(sizeof value);
	enum xenstore_result result = xenstore_write(0, "data/x", value, size);
	assert(size + 7 <= XENSTORE_PAYLOAD_MAX || result == XENSTORE_TOO_LARGE);
}

static void transact(void)
{
	xenstore_transaction_t transaction = 0;
	if (xenstore_begin(&transaction) != XENSTORE_OK)
		return;
	assert(transaction);
	xenstore_write_number(transaction, "device/vif/0", "state", any());
	xenstore_end(transaction, one_in(2));
}

static void watch_and_wait(void)
{
	if (xenstore_watch(&watch) != XENSTORE_OK)
		return;
	uint32_t before = events;
	bool fired = xenstore_wait(&watch, now_ns + 10 * TICK_NS);
	assert(fired == watch.fired && (fired || events == before));
	xenstore_poll();
	if (one_in(4))
		watches_resume();
	xenstore_unwatch(&watch);
}

int main(int argc, char **argv)
{
	void (*const calls[])(void) = {read_value,  read_number, read_directory,
				       write_value, transact,	 watch_and_wait};
	most = inputs(argc, argv);
	watch.changed = changed;
	page = calloc(1, sizeof *page);
	for (unsigned n = 0; answers < most; n++) {
		uint64_t start_ns = now_ns;
		calls[below(6)]();
		/* a directory in parts, or a watch set, waited for and ended, is several
		 */
		assert(now_ns - start_ns <= 8 * (uint64_t)XENSTORE_LIMIT_NS);
		if (n % 16 == 0)
			begin();
	}
	free(page);
	assert(events && compared);
	printf("done: %u events, %u values compared\n", events, compared);
}
