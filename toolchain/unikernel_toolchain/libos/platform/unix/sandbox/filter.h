/* SPDX-License-Identifier: ISC */
/* filter.h: instructions of seccomp filters (Linux, include/uapi/linux: seccomp.h,
 * audit.h). */
#ifndef FILTER_H
#define FILTER_H

#include <stdint.h>

#define KILL 0x80000000u
#define TRAP 0x00030000u
#define ALLOW 0x7fff0000u

#define ARCHITECTURE_X86_64 0xc000003eu
#define X32_NUMBERS 0x40000000u

/* struct seccomp_data */
#define NUMBER 0
#define ARCHITECTURE 4
#define ARGUMENT(n) (16 + 8 * (n)) /* the low half */

/* Classic BPF (include/uapi/linux/bpf_common.h) */
struct instruction {
	uint16_t code;
	uint8_t if_true, if_false; /* instructions to skip */
	uint32_t operand;
};

struct program {
	uint16_t length;
	const struct instruction *instructions;
};

#define LOAD(at)                                                                         \
	{                                                                                \
		0x20, 0, 0, at                                                           \
	}
#define RETURN(what)                                                                     \
	{                                                                                \
		0x06, 0, 0, what                                                         \
	}
#define UNLESS_EQUAL(value, skip)                                                        \
	{                                                                                \
		0x15, 0, skip, value                                                     \
	}
#define UNLESS_AT_LEAST(value, skip)                                                     \
	{                                                                                \
		0x35, 0, skip, value                                                     \
	}
#define ALLOWED(number) UNLESS_EQUAL(number, 1), RETURN(ALLOW)

/* A call of this number passes when the low half of an argument is `value`. */
#define ALLOWED_WITH(number, argument, value)                                            \
	UNLESS_EQUAL(number, 4), LOAD(ARGUMENT(argument)), UNLESS_EQUAL(value, 1),       \
		RETURN(ALLOW), RETURN(TRAP)

/* Skips to `found` instructions behind the next. */
#define IF_EQUAL(value, found)                                                           \
	{                                                                                \
		0x15, found, 0, value                                                    \
	}

/* Every filter begins so: numbers mean other calls to 32-bit code, which is killed before
 * any is looked at. */
#define ONLY_64_BIT                                                                      \
	LOAD(ARCHITECTURE), IF_EQUAL(ARCHITECTURE_X86_64, 1), RETURN(KILL),              \
		LOAD(NUMBER), UNLESS_AT_LEAST(X32_NUMBERS, 1), RETURN(KILL)

/* Has every further system call go through the filter, for good; ends the process where
 * that cannot be. */
void filter_install(const struct instruction *instructions, uint16_t length);

#endif
