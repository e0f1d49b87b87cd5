/* SPDX-License-Identifier: ISC */
/* Devices in xenstore: a back end that gets ready, goes, comes again, begins anew, and
 * says what is no state at all. Numbers are read as the guest reads them; the store
 * behind them is a table. Whatever is said, what a driver is called for is in order, each
 * step ends after few questions, and a wait at its limit. Usage: xen_bus [STATES] */
#include "xen_back_end.h"
#include "pvh/time.h"
#include "xen/event_channel.h"
#include "xen/front/xenbus.h"
#include "xen/store/store_exchange.h"
#include "xen/store/watch_list.h"

#include <io/xenbus.h>

#define BACK "/local/domain/0/backend/vbd/7/51712"
#define FRONT "device/vbd/51712"
#define KEYS 32
#define TEXT 512
#define QUESTIONS_MOST 100 /* of one step */

static struct {
	char path[TEXT], value[TEXT];
	size_t length; /* of the value, which may hold any bytes */
} keys[KEYS];

static uint64_t now_ns = 1;
static unsigned questions;
static char printed[TEXT];
static struct {
	unsigned published, connected, gone;
	bool is_published, is_connected, refuses;
	uint16_t domain; /* that it was published for */
} driver_seen;

/* {1 What the guest stands on} */

void unikernel_console_write(const char *text, size_t length)
{
	snprintf(printed, sizeof printed, "%.*s", (int)length, text);
}

uint64_t time_running_ns(void)
{
	return now_ns;
}

uint32_t event_channel_alloc(uint16_t remote)
{
	(void)remote;
	return 5;
}

void event_channel_set_handler(uint32_t port, event_handler_t handler, void *argument)
{
	(void)port;
	(void)handler;
	(void)argument;
}

void xen_suspend_add(struct xen_suspend_hook *hook)
{
	(void)hook;
}

/* {1 The store} */

static int find(const char *path)
{
	for (int i = 0; i < KEYS; i++)
		if (keys[i].path[0] && !strcmp(keys[i].path, path))
			return i;
	return -1;
}

static void tell_watches(const char *path)
{
	struct xenstore_watch *next;
	for (struct xenstore_watch *w = watch_list_first(); w; w = next) {
		size_t length = strlen(w->path);
		next = w->next;
		if (!strncmp(path, w->path, length) &&
		    (!path[length] || path[length] == '/'))
			watch_list_event(w->token, path);
	}
}

static void put(const char *path, const char *value, size_t length)
{
	int at = find(path);
	for (int i = 0; at < 0 && i < KEYS; i++)
		at = keys[i].path[0] ? at : i;
	assert(at >= 0 && length < TEXT);
	strcpy(keys[at].path, path);
	memcpy(keys[at].value, value, length);
	keys[at].length = length;
	tell_watches(path);
}

static void say(const char *path, const char *value)
{
	put(path, value, strlen(value));
}

static void forget(const char *path)
{
	int at = find(path);
	if (at < 0)
		return;
	keys[at].path[0] = 0;
	tell_watches(path);
}

static const char *said(const char *path)
{
	int at = find(path);
	if (at < 0)
		return "";
	keys[at].value[keys[at].length] = 0;
	return keys[at].value;
}

static enum xenstore_result answer_with(struct store_message *m, const char *value,
					size_t length)
{
	memcpy(m->payload, value, length);
	m->payload[length] = 0;
	m->header.len = (uint32_t)length;
	return XENSTORE_OK;
}

static enum xenstore_result read_key(struct store_message *m, const char *path)
{
	int at = find(path);
	return at < 0 ? XENSTORE_MISSING
		      : answer_with(m, keys[at].value, keys[at].length);
}

/* What a guest may write is its own alone. */
static enum xenstore_result write_key(const char *path, size_t length)
{
	const char *value = path + strlen(path) + 1;
	assert(!strncmp(path, "device/", 7));
	put(path, value, (size_t)(path + length - value));
	return XENSTORE_OK;
}

enum xenstore_result store_exchange(uint32_t type, xenstore_transaction_t transaction,
				    const struct store_piece *pieces, unsigned count,
				    const struct store_message **answer)
{
	static struct store_message message;
	static char asked[XENSTORE_MESSAGE_MAX + 1];
	size_t length = 0;
	(void)transaction;
	assert(++questions < QUESTIONS_MOST);
	for (unsigned i = 0; i < count; length += pieces[i++].length)
		memcpy(asked + length, pieces[i].bytes, pieces[i].length);
	asked[length] = 0;
	*answer = &message;
	switch (type) {
	case XS_READ:
		return read_key(&message, asked);
	case XS_WRITE:
		return write_key(asked, length);
	case XS_DIRECTORY:
		return answer_with(&message, "51712", sizeof "51712");
	case XS_TRANSACTION_START:
		return answer_with(&message, "7", sizeof "7");
	case XS_TRANSACTION_END:
		return one_in(4) ? XENSTORE_AGAIN : XENSTORE_OK;
	case XS_WATCH:
		watch_list_event((uint32_t)atoi(asked + strlen(asked) + 1), asked);
		return XENSTORE_OK;
	default:
		return XENSTORE_OK;
	}
}

void store_poll(void)
{
}

/* What the back end does while the guest waits for it: one thing a turn. */
static const char *const *script;

bool store_wait(uint64_t until_ns)
{
	questions = 0;
	if (!script || !*script) {
		now_ns = until_ns;
		return false;
	}
	now_ns += 1000;
	say(BACK "/state", *script++);
	return true;
}

/* {1 A driver} */

static bool publish(struct xenbus_device *device)
{
	assert(device->stage == XENBUS_PUBLISHED && !driver_seen.is_published);
	driver_seen.published++;
	driver_seen.is_published = true;
	driver_seen.domain = device->back_domain;
	return xenbus_open_port(device) == 5;
}

static enum xenstore_result write_ring(struct xenbus_device *device,
				       xenstore_transaction_t transaction)
{
	assert(driver_seen.is_published);
	return xenstore_write_number(transaction, device->front, "ring-ref", 8);
}

static bool connected(struct xenbus_device *device)
{
	assert(device->stage == XENBUS_CONNECTED && driver_seen.is_published);
	driver_seen.connected++;
	driver_seen.is_connected = true;
	return !driver_seen.refuses;
}

static void disconnect(struct xenbus_device *device, bool elsewhere)
{
	assert(device->stage == XENBUS_AWAY && !elsewhere);
	driver_seen.gone += driver_seen.is_published;
	driver_seen.is_published = driver_seen.is_connected = false;
}

static const struct xenbus_driver driver = {
	.kind = "vbd",
	.name = "block device",
	.published_state = XenbusStateInitialised,
	.publish = publish,
	.write = write_ring,
	.connected = connected,
	.disconnect = disconnect,
};

/* {1 What is tried} */

static struct xenbus_device device;

/* The toolstack makes the device. */
static void make(void)
{
	memset(keys, 0, sizeof keys);
	memset(&driver_seen, 0, sizeof driver_seen);
	printed[0] = 0;
	say(FRONT "/backend-id", "0");
	say(FRONT "/backend", BACK);
	say(FRONT "/state", "1");
	say(BACK "/state", "2");
}

static void end(void)
{
	while (watch_list_first())
		watch_list_remove(watch_list_first());
	script = NULL;
}

static bool open_with(const char *const *states)
{
	script = states;
	questions = 0;
	uint64_t before_ns = now_ns;
	bool opened = xenbus_open(&device, &driver, 0, XENBUS_CONNECTED);
	assert(now_ns - before_ns <= XENBUS_LIMIT_NS);
	return opened;
}

static bool opens(const char *const *states)
{
	bool opened = open_with(states);
	end();
	return opened;
}

static void step(void)
{
	questions = 0;
	xenbus_step(&device);
}

static void back_says(const char *state)
{
	say(BACK "/state", state);
	assert(xenbus_has_news(&device));
	step();
}

static void open_device(void)
{
	static const char *const states[] = {"4", NULL};
	make();
	assert(open_with(states));
	assert(device.stage == XENBUS_CONNECTED && driver_seen.domain == 0);
	assert(!strcmp(said(FRONT "/state"), "4") &&
	       !strcmp(said(FRONT "/ring-ref"), "8"));
}

static void it_connects_and_is_told_of_changes(void)
{
	open_device();
	assert(driver_seen.published == 1 && driver_seen.connected == 1);
	back_says("4"); /* a disk was resized */
	assert(driver_seen.published == 1 && driver_seen.connected == 2);
	driver_seen.refuses = true;
	back_says("4");
	assert(device.stage == XENBUS_AWAY && driver_seen.gone == 1);
	assert(!strcmp(said(FRONT "/state"), "6") && printed[0]);
	end();
}

/* A state that is no number, or none of those there are, is none. */
static void odd_states_connect_nobody(void)
{
	static const struct {
		const char *bytes;
		size_t length;
	} odd[] = {
		{"", 0},
		{"-4", 2},
		{"+4", 2},
		{" 4", 2},
		{"4 ", 2},
		{"4\n", 2},
		{"4\0", 2},
		{"0x4", 3},
		{"4.0", 3},
		{"9", 1},
		{"44", 2},
		{"four", 4},
		{"\xff", 1},
		{"4294967300", 10},
		{"18446744073709551620", 20},
		{"00000000000000000000004", 23},
	};
	for (unsigned i = 0; i < sizeof odd / sizeof *odd; i++) {
		open_device();
		put(BACK "/state", odd[i].bytes, odd[i].length);
		step();
		assert(device.stage == XENBUS_AWAY && driver_seen.gone == 1);
		end();
		make();
		put(BACK "/state", odd[i].bytes, odd[i].length);
		assert(!opens(NULL) && !driver_seen.published);
	}
	make();
	forget(BACK "/state");
	assert(!opens(NULL) && printed[0]);
}

static void odd_back_ends_are_none(void)
{
	static char longer[TEXT - 1];
	static const char *const domains[] = {
		"-1",	 "",	"32752", "65535",
		"65536", "0x0", "no",	 "99999999999999999999999"};
	static const char *const paths[] = {"", "/", "local/domain/0", longer};
	memset(longer, 'a', sizeof longer - 1);
	longer[0] = '/';
	for (unsigned i = 0; i < sizeof domains / sizeof *domains; i++) {
		make();
		say(FRONT "/backend-id", domains[i]);
		assert(!opens(NULL) && !driver_seen.published);
	}
	for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++) {
		make();
		say(FRONT "/backend", paths[i]);
		assert(!opens(NULL) && !driver_seen.published);
	}
	make();
	put(FRONT "/backend", BACK "\0/more", sizeof BACK "\0/more" - 1);
	assert(!opens(NULL) && !driver_seen.published);
	make();
	forget(FRONT "/backend-id");
	assert(!opens(NULL) && !driver_seen.published);
}

/* What is shared is shared with the domain that the toolstack has named. */
static void another_domain_serves(void)
{
	static const char *const states[] = {"4", NULL};
	make();
	say(FRONT "/backend-id", "3");
	assert(open_with(states) && driver_seen.domain == 3);
	say(FRONT "/backend-id", "4"); /* no news: it counts when `backend` is written */
	step();
	assert(device.back_domain == 3);
	say(FRONT "/backend", BACK);
	step();
	assert(device.back_domain == 4 && driver_seen.gone == 1);
	end();
}

static void numbers_are_read_strictly(void)
{
	static const char *const odd[] = {"",	 "-1",	"+1",  "1 ",
					  "0x1", "1e3", "1.0", "18446744073709551616",
					  "101", "one"};
	open_device();
	assert(xenbus_back_number(&device, "sectors", 100, 7) == 7);
	for (unsigned i = 0; i < sizeof odd / sizeof *odd; i++) {
		say(BACK "/sectors", odd[i]);
		assert(xenbus_back_number(&device, "sectors", 100, 7) == 7);
	}
	say(BACK "/sectors", "100");
	assert(xenbus_back_number(&device, "sectors", 100, 7) == 100);
	say(BACK "/feature-flush-cache", "2");
	assert(!xenbus_back_has(&device, "feature-flush-cache"));
	say(BACK "/feature-flush-cache", "1");
	assert(xenbus_back_has(&device, "feature-flush-cache"));
	end();
}

static void it_goes_and_comes_again(void)
{
	open_device();
	back_says("5");
	assert(device.stage == XENBUS_AWAY && driver_seen.gone == 1);
	assert(!strcmp(said(FRONT "/state"), "6"));
	back_says("6");
	forget(BACK "/state");
	forget(FRONT "/backend");
	step();
	assert(!device.back[0] && device.stage == XENBUS_AWAY && driver_seen.gone == 1);
	say(BACK "/state", "2");
	say(FRONT "/state", "1");
	say(FRONT "/backend", BACK);
	step();
	assert(device.stage == XENBUS_PUBLISHED && driver_seen.published == 2);
	back_says("4");
	assert(device.stage == XENBUS_CONNECTED && driver_seen.connected == 2);
	end();
}

/* One that says that it waits for rings while it has some: both go through Closed. */
static void it_begins_anew(void)
{
	open_device();
	back_says("2");
	assert(device.stage == XENBUS_AWAY && driver_seen.published == 1);
	assert(!strcmp(said(FRONT "/state"), "6"));
	back_says("2"); /* not before it has seen that */
	assert(device.stage == XENBUS_AWAY && driver_seen.published == 1);
	back_says("6");
	assert(!strcmp(said(FRONT "/state"), "1"));
	back_says("2");
	assert(device.stage == XENBUS_PUBLISHED && driver_seen.published == 2);
	end();
}

/* A back end that is never ready: what waits for it ends. */
static void slow_ones_are_left(void)
{
	static const char *const hesitates[] = {"1", "2", "1", "2", "3", NULL};
	make();
	say(BACK "/state", "1");
	assert(!opens(NULL) && !driver_seen.published && printed[0]);
	make();
	assert(!opens(hesitates) && driver_seen.published == 1 && driver_seen.gone == 1);
	assert(!strcmp(said(FRONT "/state"), "6"));
}

static void flapping_keeps_the_order(unsigned long count)
{
	static const char *const states[] = {"0", "1", "2", "3",  "4", "5", "6",
					     "7", "8", "9", "-1", "",  "x"};
	open_device();
	for (unsigned long i = 0; i < count; i++) {
		if (one_in(50))
			forget(FRONT "/backend");
		else if (one_in(20))
			say(FRONT "/backend", BACK);
		if (one_in(30))
			say(FRONT "/state", "1");
		if (one_in(30))
			say(FRONT "/backend-id", one_in(2) ? "0" : "1");
		if (one_in(40))
			forget(BACK "/state");
		else
			say(BACK "/state", states[below(13)]);
		driver_seen.refuses = one_in(10);
		if (xenbus_has_news(&device))
			step();
		assert(driver_seen.is_published == (device.stage != XENBUS_AWAY));
		assert(driver_seen.is_connected == (device.stage == XENBUS_CONNECTED));
		assert(driver_seen.published ==
		       driver_seen.gone + driver_seen.is_published);
	}
	assert(count < 1000 || driver_seen.connected > count / 1000);
	end();
}

int main(int argc, char **argv)
{
	it_connects_and_is_told_of_changes();
	odd_states_connect_nobody();
	odd_back_ends_are_none();
	another_domain_serves();
	numbers_are_read_strictly();
	it_goes_and_comes_again();
	it_begins_anew();
	slow_ones_are_left();
	flapping_keeps_the_order(inputs(argc, argv));
	printf("published %u, connected %u, gone %u\n", driver_seen.published,
	       driver_seen.connected, driver_seen.gone);
	return 0;
}
