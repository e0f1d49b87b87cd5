/* SPDX-License-Identifier: ISC */
/* What a bad line does to frames, with the meanings of tc-netem(8). */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define FRAME_LIMIT 2048 /* bytes; an Ethernet frame is shorter */

typedef struct {
	double loss, reorder, duplicate, corrupt; /* probabilities, 0 to 1 */
	uint64_t delay_ns, jitter_ns; /* each frame: delay +- jitter, uniform */
	size_t limit;		      /* frames held; further ones are dropped */
	uint64_t seed;
} impairment_t;

typedef struct {
	uint64_t passed, lost, reordered, duplicated, corrupted, overrun;
} tally_t;

typedef struct {
	uint64_t due_ns, number; /* of equal due times, the lower number goes first */
	uint16_t length;
	uint8_t bytes[FRAME_LIMIT];
} frame_t;

/* One direction of the line: frames that wait for their time, a binary heap. */
typedef struct {
	impairment_t is;
	uint64_t random;
	uint64_t arrivals;
	frame_t **heap;
	size_t held;
	tally_t tally;
} line_t;

/* Dies for want of memory. */
void line_init(line_t *line, const impairment_t *impairment, uint64_t direction);

/* A frame enters at now_ns; it is copied. */
void line_enter(line_t *line, uint64_t now_ns, const uint8_t *bytes, size_t length);

/* The frame that is next to leave, NULL if there is none. */
frame_t *line_next(line_t *line);

/* Takes away the frame that line_next returned. */
void line_leave(line_t *line);
