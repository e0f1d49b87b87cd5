/* SPDX-License-Identifier: ISC */
#include "backtrace.h"
#include "format.h"
#include "platform.h"
#include "symbols.h"

#define FRAMES_MAX 24
#define SEARCH_BYTES 4096

/* A return address may lie behind the last byte of a function that ends in a call,
 * so frames above the first are looked up by the byte before. */
static void print_frame(unsigned number, uintptr_t address, const char *mark)
{
	struct symbol symbol;
	unsigned back = number > 0;
	if (symbol_find(address - back, &symbol))
		print("  #%u %x %s+%x%s\n", (uint64_t)number, (uint64_t)address,
		      symbol.name, symbol.offset + back, mark);
	else
		print("  #%u %x%s\n", (uint64_t)number, (uint64_t)address, mark);
}

/* Does a call instruction end right before `address`? */
static bool follows_call(uintptr_t address)
{
	if (!in_text(address) || !in_text(address - 7))
		return false;
	const uint8_t *at = (const uint8_t *)address;
	if (at[-5] == 0xe8)
		return true;
	for (int length = 2; length <= 7; length++)
		if (at[-length] == 0xff && (at[-length + 1] & 0x38) == 0x10)
			return true;
	return false;
}

static uintptr_t word_at(uintptr_t address)
{
	return *(const uintptr_t *)address;
}

/* Follows saved frame pointers; leaves in `stack` where they stopped making sense.
 * Returns true when the chain ended where the first function began, at 0. */
static bool follow_frames(unsigned *number, uintptr_t *stack, uintptr_t frame)
{
	while (*number < FRAMES_MAX) {
		uintptr_t end = machine_stack_end(frame);
		if (frame % 8 || frame < *stack || !end || end - frame < 16)
			return false;
		uintptr_t caller = word_at(frame + 8);
		if (!follows_call(caller))
			return false;
		print_frame((*number)++, caller, "");
		*stack = frame + 16;
		frame = word_at(frame);
		if (frame == 0)
			return true;
	}
	return true;
}

static void search_stack(unsigned number, uintptr_t stack)
{
	uintptr_t end = machine_stack_end(stack);
	if (!end)
		return;
	if (end - stack > SEARCH_BYTES)
		end = stack + SEARCH_BYTES;
	for (; stack + 8 <= end && number < FRAMES_MAX; stack += 8)
		if (follows_call(word_at(stack)))
			print_frame(number++, word_at(stack), " ?");
}

void backtrace_print(const struct backtrace_start *start)
{
	unsigned number = 1;
	uintptr_t stack = (start->stack + 7) & ~(uintptr_t)7;
	print_frame(0, start->instruction, "");
	if (!follow_frames(&number, &stack, start->frame))
		search_stack(number, stack);
}
