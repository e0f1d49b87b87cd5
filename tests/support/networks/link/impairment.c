/* SPDX-License-Identifier: ISC */
#include "impairment.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(line_t *line)
{
	uint64_t z = line->random += 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static bool happens(line_t *line, double probability)
{
	return probability > 0 && (double)(draw(line) >> 11) * 0x1p-53 < probability;
}

static void *must(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

/* All `limit` frames are made at once; heap[held..limit) are the free ones. */
void line_init(line_t *line, const impairment_t *impairment, uint64_t direction)
{
	memset(line, 0, sizeof *line);
	line->is = *impairment;
	line->random = 2 * impairment->seed + direction;
	line->heap = must(calloc(impairment->limit, sizeof *line->heap));
	for (size_t i = 0; i < impairment->limit; i++)
		line->heap[i] = must(malloc(sizeof **line->heap));
}

static bool before(const frame_t *a, const frame_t *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->number < b->number;
}

static void swap(frame_t **heap, size_t i, size_t j)
{
	frame_t *kept = heap[i];
	heap[i] = heap[j];
	heap[j] = kept;
}

static void rise(frame_t **heap, size_t i)
{
	while (i > 0 && before(heap[i], heap[(i - 1) / 2])) {
		swap(heap, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
}

static void sink(frame_t **heap, size_t held)
{
	for (size_t i = 0, least;; i = least) {
		least = i;
		for (size_t child = 2 * i + 1; child <= 2 * i + 2; child++)
			if (child < held && before(heap[child], heap[least]))
				least = child;
		if (least == i)
			return;
		swap(heap, i, least);
	}
}

static void corrupt(line_t *line, frame_t *frame)
{
	uint64_t bit = draw(line) % (8u * frame->length);
	frame->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	line->tally.corrupted++;
}

/* A reordered frame overtakes all that is delayed. */
static uint64_t waiting_time(line_t *line)
{
	const impairment_t *is = &line->is;
	if (is->delay_ns > 0 && happens(line, is->reorder)) {
		line->tally.reordered++;
		return 0;
	}
	if (is->jitter_ns == 0)
		return is->delay_ns;
	uint64_t spread = draw(line) % (2 * is->jitter_ns);
	return is->delay_ns + spread > is->jitter_ns
		       ? is->delay_ns + spread - is->jitter_ns
		       : 0;
}

static void hold(line_t *line, uint64_t now_ns, const uint8_t *bytes, size_t length)
{
	if (line->held == line->is.limit) {
		line->tally.overrun++;
		return;
	}
	frame_t *frame = line->heap[line->held];
	memcpy(frame->bytes, bytes, length);
	frame->length = (uint16_t)length;
	if (happens(line, line->is.corrupt))
		corrupt(line, frame);
	frame->due_ns = now_ns + waiting_time(line);
	frame->number = line->arrivals++;
	rise(line->heap, line->held++);
}

/* As in netem, one draw decides of a duplicate and one of a loss: both leave one frame.
 */
void line_enter(line_t *line, uint64_t now_ns, const uint8_t *bytes, size_t length)
{
	bool twice = happens(line, line->is.duplicate);
	bool lost = happens(line, line->is.loss);
	line->tally.duplicated += twice;
	line->tally.lost += lost;
	for (int copies = 1 + twice - lost; copies > 0; copies--)
		hold(line, now_ns, bytes, length);
}

frame_t *line_next(line_t *line)
{
	return line->held > 0 ? line->heap[0] : NULL;
}

void line_leave(line_t *line)
{
	line->tally.passed++;
	line->held--;
	swap(line->heap, 0, line->held);
	sink(line->heap, line->held);
}
