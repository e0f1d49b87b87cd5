/* SPDX-License-Identifier: ISC */
/* A block device whose back end goes: what was asked of it fails at once, or, after the
 * guest was moved, is asked of the next one; and fails, too, when none has come in time.
 * Usage: xen_block_away */
#include "xen_back_end.h"
#include "pvh/time.h"
#include "xen/block/block.h"
#include "xen/event_channel.h"

#include <io/blkif.h>
#include <io/xenbus.h>

#define SECTORS 64

static uint64_t now_ns = 1, look_ns = UINT64_MAX;
static char printed[256];
static char sector[512] __attribute__((aligned(512)));
static int token;

/* {1 What the guest stands on} */

void unikernel_console_write(const char *text, size_t length)
{
	snprintf(printed, sizeof printed, "%.*s", (int)length, text);
}

uint64_t time_running_ns(void)
{
	return now_ns;
}

void *unikernel_alloc(size_t size)
{
	return malloc(size);
}

bool memory_is_small(void)
{
	return true;
}

void wait_add(struct wait_source *source)
{
	(void)source;
}

void event_channel_notify(uint32_t port)
{
	(void)port;
}

void event_channel_close(uint32_t port)
{
	(void)port;
}

void event_channel_look_again(uint64_t at_ns)
{
	look_ns = at_ns;
}

void xenstore_poll(void)
{
}

enum xenstore_result xenstore_write_number(xenstore_transaction_t transaction,
					   const char *path, const char *key,
					   uint64_t value)
{
	(void)transaction, (void)path, (void)key, (void)value;
	return XENSTORE_OK;
}

enum xenstore_result xenstore_write_text(xenstore_transaction_t transaction,
					 const char *path, const char *key,
					 const char *value)
{
	(void)transaction, (void)path, (void)key, (void)value;
	return XENSTORE_OK;
}

/* {1 The back end} */

uint32_t xenbus_open_port(const struct xenbus_device *device)
{
	(void)device;
	return 5;
}

uint64_t xenbus_back_number(const struct xenbus_device *device, const char *key,
			    uint64_t most, uint64_t otherwise)
{
	(void)device, (void)most;
	return strcmp(key, "sectors") ? otherwise : SECTORS;
}

bool xenbus_back_has(const struct xenbus_device *device, const char *feature)
{
	(void)device, (void)feature;
	return false;
}

void xenbus_step(struct xenbus_device *device)
{
	(void)device;
}

void xenbus_leave(struct xenbus_device *device, const char *why)
{
	(void)device, (void)why;
	abort();
}

static void comes(struct xenbus_device *device)
{
	device->stage = XENBUS_PUBLISHED;
	assert(block_driver.publish(device));
	device->stage = XENBUS_CONNECTED;
	assert(block_driver.connected(device));
}

static void goes(bool elsewhere)
{
	blocks[0]->bus.stage = XENBUS_AWAY;
	block_driver.disconnect(&blocks[0]->bus, elsewhere);
}

bool xenbus_open(struct xenbus_device *device, const struct xenbus_driver *driver,
		 unsigned index, enum xenbus_stage least)
{
	assert(least == XENBUS_CONNECTED);
	*device = (struct xenbus_device){.driver = driver, .number = index};
	comes(device);
	return true;
}

/* {1 What is tried} */

static unikernel_result_t ask(void)
{
	const struct unikernel_block_part part = {sector, sizeof sector};
	const struct block_request read = {
		.operation = BLOCK_READ,
		.sectors = 1,
		.parts = &part,
		.count = 1,
		.token = &token,
	};
	unikernel_result_t r = platform_block_post(0, &read);
	platform_block_notify(0);
	return r;
}

static bool is_done(unikernel_result_t *result)
{
	return platform_block_take(0, result) == &token;
}

/* As a halt does it. */
static void sleeps_until(uint64_t ns)
{
	look_ns = UINT64_MAX;
	blocks[0]->source.ask_interrupt(&blocks[0]->source, blocks[0]->bit);
	now_ns = look_ns < ns ? look_ns : ns;
	blocks[0]->source.ask_interrupt(&blocks[0]->source, blocks[0]->bit);
}

static void it_fails_at_once_when_the_back_end_goes(void)
{
	unikernel_result_t r;
	assert(ask() == UNIKERNEL_OK && !is_done(&r));
	goes(false);
	assert(is_done(&r) && r == UNIKERNEL_EUNSPEC);
	assert(platform_block_sectors(0) == 0 && platform_block_was_away(0));
	assert(ask() == UNIKERNEL_OK && is_done(&r) && r == UNIKERNEL_EUNSPEC);
	comes(&blocks[0]->bus);
	assert(platform_block_sectors(0) == SECTORS && !printed[0]);
}

static void it_is_asked_again_after_a_move(void)
{
	unikernel_result_t r;
	assert(ask() == UNIKERNEL_OK);
	goes(true);
	sleeps_until(now_ns + XENBUS_LIMIT_NS / 2);
	assert(!is_done(&r) && platform_block_sectors(0) == SECTORS);
	comes(&blocks[0]->bus);
	assert(front_ring_out(&blocks[0]->ring.ring) == 1 && !is_done(&r));
	sleeps_until(now_ns + 2 * XENBUS_LIMIT_NS);
	assert(!is_done(&r) && !printed[0]); /* a slow disk is no reason */
}

static void it_fails_in_time_when_none_comes(void)
{
	unikernel_result_t r;
	uint64_t moved_ns = now_ns;
	goes(true);
	assert(!is_done(&r));
	sleeps_until(UINT64_MAX);
	assert(now_ns - moved_ns <= XENBUS_LIMIT_NS && printed[0]);
	assert(is_done(&r) && r == UNIKERNEL_EUNSPEC);
	assert(platform_block_sectors(0) == 0 && platform_block_was_away(0));
	comes(&blocks[0]->bus);
	assert(platform_block_sectors(0) == SECTORS);
}

int main(void)
{
	struct unikernel_block_info info;
	assert(platform_block_open(0, &info) == UNIKERNEL_OK && info.sectors == SECTORS);
	it_fails_at_once_when_the_back_end_goes();
	it_is_asked_again_after_a_move();
	it_fails_in_time_when_none_comes();
	return 0;
}
