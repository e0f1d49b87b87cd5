/* Frames between the lab's owner and dom0's agent, in both directions over one byte
   stream.

   A frame is a header, all numbers little-endian, and `length` bytes. A channel is one
   program; the owner chooses its number, and it is free again after EXIT or FAILED. Data
   flows against credit: each side may send WINDOW bytes of a stream, and then as many as
   the other says that it has taken (CREDIT), so a program that floods, or one that reads
   nothing, stops itself alone.

   wire.py is the owner's half; a test compares the two. */
#ifndef WIRE_H
#define WIRE_H

#include <stdint.h>

enum {
	MOST_PAYLOAD = 32768,
	MOST_CHANNELS = 64,
	WINDOW = 262144, /* of a program's stdin; of its stdout and stderr together */
	TOKEN_BYTES = 8,
	SEED_BYTES = 32,
};

enum kind {
	/* owner -> agent */
	HELLO = 1,  /* struct greeting; answered by WELCOME with the same token */
	START = 2,  /* argv, each word ended by a zero byte */
	INPUT = 3,  /* for stdin */
	END = 4,    /* of stdin */
	SIGNAL = 5, /* u32 signal, for the program's session */
	/* agent -> owner */
	WELCOME = 16, /* the token */
	OUTPUT = 17,  /* of stdout */
	ERRORS = 18,  /* of stderr */
	EXIT = 19,    /* i32: what it returned, or minus the signal that killed it */
	FAILED = 20,  /* u32 errno: it was not started */
	STARTED = 21,
	/* both */
	CREDIT = 32, /* u32 bytes: taken of stdin, or of stdout and stderr */
};

struct frame {
	uint32_t length; /* of what follows, at most MOST_PAYLOAD */
	uint32_t channel;
	uint32_t kind;
	uint32_t reserved; /* zero */
	uint64_t clock_ns; /* the sender's CLOCK_MONOTONIC */
};

struct greeting {
	uint8_t token[TOKEN_BYTES];
	uint64_t time_ns; /* since 1970 */
	uint8_t seed[SEED_BYTES];
};

#endif
