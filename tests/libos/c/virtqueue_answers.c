/* SPDX-License-Identifier: ISC */
/* A virtqueue whose device answers what it likes: twice, what was never asked, numbers
 * outside the queue, and more than there is. Each token comes back once at most, and no
 * descriptor is lost or given twice. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "virtio/virtio.h"
#include "virtio/virtqueue.h"

#define SIZE 16
#define ROUNDS 200000

static _Alignas(4096) char memory[VIRTQUEUE_BYTES(SIZE)];
static char tokens[SIZE];
static unsigned char held[SIZE]; /* by the device, as far as the driver says */

static void answer(struct virtqueue *q, uint32_t id)
{
	struct virtq_used *ring =
		(struct virtq_used *)(memory + VIRTQUEUE_USED_OFFSET(SIZE) + 4);
	ring[q->used[1] % SIZE] = (struct virtq_used){id, (uint32_t)random()};
	q->used[1]++;
}

static void ask(struct virtqueue *q)
{
	unsigned token = (unsigned)random() % SIZE, count = 1 + (unsigned)random() % 4;
	struct virtqueue_part parts[4] = {
		{memory, 1}, {memory, 1}, {memory, 1}, {memory, 1}};
	if (held[token])
		return;
	uint16_t free_before = q->free_count;
	bool added = virtqueue_add(q, parts, 1, count - 1, &tokens[token]);
	assert(added == (count <= free_before));
	held[token] = added ? (unsigned char)count : 0;
}

static void take(struct virtqueue *q)
{
	uint32_t length;
	char *token;
	while ((token = virtqueue_take(q, &length))) {
		unsigned n = (unsigned)(token - tokens);
		assert(n < SIZE && held[n]);
		held[n] = 0;
	}
	assert(virtqueue_used(q) == 0);
}

int main(void)
{
	struct virtqueue q;
	virtqueue_init(&q, memory, SIZE, VIRTIO_F_EVENT_INDEX);
	for (unsigned i = 0; i < ROUNDS; i++) {
		for (unsigned n = (unsigned)random() % 6; n; n--)
			ask(&q);
		for (unsigned n = (unsigned)random() % 40; n; n--)
			answer(&q, random() % 4 ? (uint32_t)random() % SIZE
						: (uint32_t)random());
		if (random() % 100 == 0)
			q.used[1] += (uint16_t)random();
		take(&q);
		unsigned count = 0;
		for (unsigned n = 0; n < SIZE; n++)
			count += held[n];
		assert(count + q.free_count == SIZE);
	}
	puts("done");
}
