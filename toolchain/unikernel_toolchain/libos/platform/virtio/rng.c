/* SPDX-License-Identifier: ISC */
/* The device is asked once and reset when it has answered. Its queue and buffer are in
 * the image: memory may not be divided yet, and 48 bytes seed a generator for good.
 */
#include "machine/rng.h"
#include "common/random/entropy.h"
#include "virtio.h"
#include "virtqueue.h"
#include "x86_64/common/x86.h"
#include "x86_64/machine/lapic.h"

#define QUEUE_SIZE 2
#define REQUEST_SIZE 48
#define TIMEOUT_COUNTS ((uint64_t)1 << 32)

static bool asked;
static struct virtio_device *device; /* NULL: none, or it has answered */
static struct virtqueue queue;
static uint8_t queue_memory[VIRTQUEUE_BYTES(QUEUE_SIZE)] __attribute__((aligned(4096)));
static uint8_t bytes[REQUEST_SIZE];

static void request(void)
{
	asked = true;
	device = virtio_find(VIRTIO_ID_RNG, 0);
	uint64_t features = 0;
	if (!device)
		return;
	bool agreed = virtio_begin(device, &features);
	virtqueue_init(&queue, queue_memory, QUEUE_SIZE, features);
	if (!agreed || !virtio_set_queue(device, 0, &queue)) {
		device = 0;
		return;
	}
	virtio_ready(device);
	struct virtqueue_part part = {bytes, sizeof bytes};
	virtqueue_add(&queue, &part, 0, 1, bytes);
	virtqueue_notify(device, &queue);
}

void rng_poll(void)
{
	uint32_t length;
	if (!asked)
		request();
	if (!device || !virtqueue_take(&queue, &length))
		return;
	entropy_mix(bytes, length < sizeof bytes ? length : sizeof bytes);
	virtio_reset(device); /* it may not write there any more */
	device = 0;
}

bool rng_wait(void)
{
	request();
	bool present = device;
	for (uint64_t start = rdtsc(); device && rdtsc() - start < TIMEOUT_COUNTS;)
		rng_poll();
	return present && !device;
}

void rng_leave_guest(void)
{
	lapic_init();
	lapic_timer_count();
}
