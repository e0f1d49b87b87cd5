/* SPDX-License-Identifier: ISC */
/* The driver's half of a split virtqueue (virtio 1.1, section 2.6).
 *
 *   descriptors: free ones are a list through `next`; a chain's first is its head
 *   available:   heads for the device, which reads up to the index that we write
 *   used:        heads that it is done with, up to the index that it writes
 *
 * All positions run on and wrap at 2^16; a place in a ring is the remainder by its size,
 * a power of two. Each ring has one writer, so the only care is order: first the entry,
 * then the index, then a look whether the other side wants to hear of it.
 */
#include "virtqueue.h"
#include "virtio.h"

#define DESCRIPTOR_NEXT 1
#define DESCRIPTOR_DEVICE_WRITES 2

#define AVAILABLE_NO_INTERRUPT 1
#define USED_NO_NOTIFY 1

/* Positions in a ring, in its own 16-bit words. */
#define FLAGS 0
#define INDEX 1
#define RING 2

/* x86 keeps stores in order among themselves and loads among themselves; only a store
 * followed by a load needs a fence. */
static void compiler_fence(void)
{
	__asm__ volatile("" : : : "memory");
}

/* QEMU before 8.1 translates fences and locked instructions of a machine with one CPU
 * to nothing, though devices run in other threads. POPF makes it leave the translated
 * code, and there is a fence of its own on that way. */
static void full_fence(void)
{
	__asm__ volatile("mfence; pushfq; popfq" : : : "memory", "cc");
}

void virtqueue_init(struct virtqueue *q, void *bytes, uint16_t size, uint64_t features)
{
	char *memory = bytes;
	*q = (struct virtqueue){
		.descriptors = bytes,
		.available = (volatile uint16_t *)(memory + 16 * size),
		.used = (volatile uint16_t *)(memory + VIRTQUEUE_USED_OFFSET(size)),
		.tokens = (void **)(memory + VIRTQUEUE_TOKENS_OFFSET(size)),
		.size = size,
		.free_count = size,
		.event_index = features & VIRTIO_F_EVENT_INDEX,
	};
	for (uint16_t i = 0; i < size; i++)
		q->descriptors[i].next = (uint16_t)(i + 1);
	q->available[FLAGS] = AVAILABLE_NO_INTERRUPT;
}

/* A chain takes descriptors off the free list as they lie there: its links stay. */
static uint16_t fill_chain(struct virtqueue *q, const struct virtqueue_part *parts,
			   unsigned out, unsigned count)
{
	uint16_t at = q->free_first, last = at;
	for (unsigned i = 0; i < count; i++) {
		struct virtq_descriptor *d = &q->descriptors[at];
		d->address = (uintptr_t)parts[i].bytes;
		d->length = parts[i].length;
		d->flags = (uint16_t)((i + 1 < count ? DESCRIPTOR_NEXT : 0) |
				      (i >= out ? DESCRIPTOR_DEVICE_WRITES : 0));
		last = at;
		at = d->next;
	}
	q->free_first = at;
	q->free_count = (uint16_t)(q->free_count - count);
	return last;
}

bool virtqueue_add(struct virtqueue *q, const struct virtqueue_part *parts, unsigned out,
		   unsigned in, void *token)
{
	if (out + in == 0 || out + in > q->free_count)
		return false;
	uint16_t head = q->free_first;
	fill_chain(q, parts, out, out + in);
	q->tokens[head] = token;
	q->available[RING + (q->available_index & (q->size - 1))] = head;
	compiler_fence();
	q->available[INDEX] = ++q->available_index;
	return true;
}

/* Virtio 1.1, "Available Buffer Notification Suppression": with event index the device
 * names the position that it wants to hear of. It has been passed when it lies in
 * [notified, available), counted with wrapping. */
static bool wants_notification(const struct virtqueue *q)
{
	if (!q->event_index)
		return !(q->used[FLAGS] & USED_NO_NOTIFY);
	uint16_t event = q->used[RING + 4 * q->size];
	return (uint16_t)(q->available_index - event - 1) <
	       (uint16_t)(q->available_index - q->notified_index);
}

void virtqueue_notify(const struct virtio_device *device, struct virtqueue *q)
{
	if (q->available_index == q->notified_index)
		return;
	/* our index must be out before the device's wish is read, or both sides sleep */
	full_fence();
	bool wanted = wants_notification(q);
	q->notified_index = q->available_index;
	if (wanted)
		device->transport->notify(q);
}

static void free_chain(struct virtqueue *q, uint16_t head)
{
	uint16_t last = head, count = 1;
	for (; q->descriptors[last].flags & DESCRIPTOR_NEXT; count++)
		last = q->descriptors[last].next;
	q->descriptors[last].next = q->free_first;
	q->free_first = head;
	q->free_count = (uint16_t)(q->free_count + count);
}

/* A device that writes nonsense must lead neither outside the table nor twice to one
 * chain: only the head of a chain that it has carries a token. */
static void *next_used(struct virtqueue *q, uint32_t *length)
{
	volatile struct virtq_used *ring = (volatile struct virtq_used *)(q->used + RING);
	volatile struct virtq_used *entry = &ring[q->used_index & (q->size - 1)];
	uint16_t head = (uint16_t)(entry->id & (q->size - 1u));
	*length = entry->length;
	q->used_index++;
	void *token = q->tokens[head];
	if (!token)
		return NULL;
	q->tokens[head] = NULL;
	free_chain(q, head);
	return token;
}

void *virtqueue_take(struct virtqueue *q, uint32_t *length)
{
	void *token = NULL;
	while (!token && q->used_index != q->used[INDEX]) {
		compiler_fence();
		token = next_used(q, length);
		if (!q->event_index)
			q->available[FLAGS] = AVAILABLE_NO_INTERRUPT;
	}
	return token;
}

uint16_t virtqueue_used(const struct virtqueue *q)
{
	return (uint16_t)(q->used[INDEX] - q->used_index);
}

/* A device without event index interrupts from the first chain on; the flag that stops
 * it falls back in virtqueue_take. */
void virtqueue_request_interrupt(struct virtqueue *q, uint16_t chains)
{
	if (q->event_index)
		q->available[RING + q->size] = (uint16_t)(q->used_index + chains);
	else
		q->available[FLAGS] = 0;
	full_fence();
}
