/* SPDX-License-Identifier: ISC */
/* Interprets the straight parts of module initialisers, which are bytecode.
 *
 * Such code runs once. An emulator takes about a microsecond to translate each of its
 * instructions, and a few nanoseconds to run this loop. postlink/initialiser_bytecode.py
 * writes it. */
#define CAML_INTERNALS
#include <caml/memory.h>
#include <caml/version.h>
#include <stdint.h>

/* The caller's SSE registers stay as they are. */
#pragma GCC target("general-regs-only")

typedef uint64_t __attribute__((may_alias)) word_t;

enum operation {
	STOP,	    /* u16: bytes to skip */
	SET_32,	    /* registers, i32 */
	SET_64,	    /* registers, u64 */
	ADDRESS,    /* registers, displacement */
	LOAD,	    /* registers, displacement */
	STORE,	    /* registers, displacement */
	STORE_32,   /* registers, displacement, i32 */
	INITIALISE, /* of OCaml 5's compiled code: how a module's block gets a pointer */
	WIDE = 8,   /* added: the displacement is an i32, not an i8 */
	ALLOCATE = 15 /* u8: how many bytes; u16: bytes to skip to a call that would */
};

enum { RBX = 3, RSP = 4, RSI = 6, RDI = 7, R15 = 15, CALL_BYTES = 5 };

struct packed_32 {
	int32_t value;
} __attribute__((packed, may_alias));

struct packed_64 {
	uint64_t value;
} __attribute__((packed, may_alias));

struct packed_16 {
	uint16_t value;
} __attribute__((packed, may_alias));

static int32_t take_32(const uint8_t **at)
{
	int32_t value = ((const struct packed_32 *)*at)->value;
	*at += sizeof value;
	return value;
}

static uint64_t take_64(const uint8_t **at)
{
	uint64_t value = ((const struct packed_64 *)*at)->value;
	*at += sizeof value;
	return value;
}

const uint8_t *unikernel_interpret_initialiser(word_t registers[16], const uint8_t *at);

/* `at` is the bytecode; where the code goes on comes back. */
const uint8_t *unikernel_interpret_initialiser(word_t registers[16], const uint8_t *at)
{
	for (;;) {
		unsigned operation = *at++;
		if (operation == STOP)
			return at + 2 + ((const struct packed_16 *)at)->value;
#if OCAML_VERSION >= 50000
		if (operation == INITIALISE) {
			caml_initialize((value *)registers[RDI], (value)registers[RSI]);
			registers[RBX] = registers[RSP]; /* as the call left them */
			continue;
		}
		if (operation == ALLOCATE) {
			uint64_t pointer = registers[R15] - *at++;
			at += 2 + ((const struct packed_16 *)at)->value;
			if (pointer < Caml_state->young_limit)
				return at;
			registers[R15] = pointer;
			at += 2 * CALL_BYTES; /* the second one is of this function */
			continue;
		}
#endif
		word_t *target = &registers[*at >> 4];
		uint64_t base = registers[*at++ & 15];
		if (operation == SET_32) {
			*target = (uint64_t)(int64_t)take_32(&at);
			continue;
		}
		if (operation == SET_64) {
			*target = take_64(&at);
			continue;
		}
		int64_t displacement = operation & WIDE ? take_32(&at) : (int8_t)*at++;
		word_t *place = (word_t *)(base + (uint64_t)displacement);
		switch (operation & ~WIDE) {
		case ADDRESS:
			*target = (uintptr_t)place;
			break;
		case LOAD:
			*target = *place;
			break;
		case STORE:
			*place = *target;
			break;
		default:
			*place = (uint64_t)(int64_t)take_32(&at);
		}
	}
}
