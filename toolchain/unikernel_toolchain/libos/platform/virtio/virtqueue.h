/* SPDX-License-Identifier: ISC */
/* virtqueue.h: a split virtqueue (virtio 1.1, section 2.6), the driver's side.
 *
 * The driver adds chains of buffers, each with a token; the device hands tokens back
 * when it has used them. Polled, or with interrupts asked for one at a time.
 */
#ifndef VIRTQUEUE_H
#define VIRTQUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIRTQUEUE_SIZE_MAX 256

struct virtq_descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

struct virtq_used {
	uint32_t id, length;
};

/* Memory of a queue: descriptors | available ring | used ring | tokens. The used ring
 * begins at a multiple of VIRTQUEUE_USED_ALIGN, as the legacy layout wants. */
#define VIRTQUEUE_USED_ALIGN 64
#define VIRTQUEUE_USED_OFFSET(size)                                                      \
	((16 * (size) + 6 + 2 * (size) + VIRTQUEUE_USED_ALIGN - 1) &                     \
	 -VIRTQUEUE_USED_ALIGN)
#define VIRTQUEUE_TOKENS_OFFSET(size)                                                    \
	((VIRTQUEUE_USED_OFFSET(size) + 6 + 8 * (size) + 7) & -8)
#define VIRTQUEUE_BYTES(size) (VIRTQUEUE_TOKENS_OFFSET(size) + 8 * (size))

struct virtqueue {
	struct virtq_descriptor *descriptors;
	volatile uint16_t *available; /* flags, index, ring, used_event */
	volatile uint16_t *used;      /* flags, index, ring of virtq_used, avail_event */
	void **tokens;
	uint16_t index; /* which of the device's queues */
	uint16_t size;	/* descriptors, a power of two */
	uint16_t free_first, free_count;
	/* Free-running positions: of chains added, told of, and taken back. */
	uint16_t available_index, notified_index, used_index;
	bool event_index;
	volatile char *doorbell; /* where the device is notified of new chains */
};

/* One piece of memory of a chain. */
struct virtqueue_part {
	void *bytes;
	uint32_t length;
};

struct virtio_device;

/* `bytes`: VIRTQUEUE_BYTES(size), page aligned, cleared. */
void virtqueue_init(struct virtqueue *q, void *bytes, uint16_t size, uint64_t features);

/* Adds a chain: `out` parts for the device to read, then `in` parts for it to write.
 * False when there are too few free descriptors. `token` must not be NULL. */
bool virtqueue_add(struct virtqueue *q, const struct virtqueue_part *parts, unsigned out,
		   unsigned in, void *token);

/* Notifies the device of what was added, if it wants to know. */
void virtqueue_notify(const struct virtio_device *device, struct virtqueue *q);

/* The token of the next chain that the device is done with and how many bytes it wrote;
 * NULL when there is none. */
void *virtqueue_take(struct virtqueue *q, uint32_t *length);

/* How many chains virtqueue_take has to give. */
uint16_t virtqueue_used(const struct virtqueue *q);

/* Asks for one interrupt once virtqueue_used exceeds `chains`. What is used already
 * may raise none: look again before halting. */
void virtqueue_request_interrupt(struct virtqueue *q, uint16_t chains);

#endif
