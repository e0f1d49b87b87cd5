/* SPDX-License-Identifier: ISC */
/* Two ways to find callers, used in turn. Code of ours keeps frame pointers: RBP points
 * to the caller's RBP, and the return address stands above it. OCaml and the C library
 * keep none: there, words of the stack are taken for return addresses when they point
 * behind a call instruction. Such guesses may be left over from calls that are done; they
 * are marked. Nothing is read outside the stack that an address is on.
 *
 * A language may have stacks of its own in the heap. It tells where the part of a stack
 * ends that an address is in, and where the caller of that part goes on.
 */
#include "common/report/backtrace.h"
#include "common/memory_functions.h"
#include "common/platform.h"
#include "common/report/format.h"
#include "common/report/symbols.h"
#include "unikernel.h"

#define FRAMES_MAX 24
#define SEARCH_BYTES 4096
#define PROLOGUE_BYTES 24
#define STACKS_MAX 64 /* broken ones may go in circles */

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

/* Does a call instruction end right before `address`? E8 has a distance of four bytes;
 * FF /2 goes through a register or memory and has two to seven bytes. */
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

static uintptr_t aligned(uintptr_t stack)
{
	return (stack + 7) & ~(uintptr_t)7;
}

static void search(unsigned *number, uintptr_t stack, uintptr_t end)
{
	if (end - stack > SEARCH_BYTES)
		end = stack + SEARCH_BYTES;
	for (; stack + 8 <= end && *number < FRAMES_MAX; stack += 8)
		if (follows_call(word_at(stack)))
			print_frame((*number)++, word_at(stack), " ?");
}

/* Is `frame` where a function above `stack` saved its caller's frame pointer? */
static bool plausible(uintptr_t stack, uintptr_t frame)
{
	uintptr_t end = platform_stack_end(frame);
	return frame % 8 == 0 && frame >= stack && end && end - frame >= 16 &&
	       follows_call(word_at(frame + 8));
}

/* Has the function around `instruction` set its frame pointer by then? A compiler may
 * put other instructions between `push %rbp` and `mov %rsp, %rbp`. Known only of
 * functions with a name. */
static bool keeps_frame_pointer(uintptr_t instruction)
{
	static const uint8_t move[] = {0x48, 0x89, 0xe5}; /* mov %rsp, %rbp */
	struct symbol symbol;
	if (!symbol_find(instruction, &symbol))
		return false;
	const uint8_t *start = (const uint8_t *)(instruction - symbol.offset);
	if (start[0] != 0x55) /* push %rbp */
		return false;
	for (size_t at = 1; at < PROLOGUE_BYTES && at + sizeof move <= symbol.offset;
	     at++)
		if (!memcmp(start + at, move, sizeof move))
			return true;
	return false;
}

static unikernel_stack_finder_t stack_finder;

void unikernel_set_stack_finder(unikernel_stack_finder_t finder)
{
	stack_finder = finder;
}

/* The end is 0 where there is no stack. */
static struct unikernel_stack stack_of(uintptr_t address)
{
	struct unikernel_stack stack = {platform_stack_end(address), 0};
	if (stack_finder)
		stack_finder(address, &stack);
	return stack;
}

static void print_callers(unsigned *number, const struct backtrace_start *start,
			  uintptr_t end)
{
	uintptr_t stack = aligned(start->stack), frame = start->frame;
	if (!plausible(stack, frame)) {
		search(number, stack, end);
		return;
	}
	if (!keeps_frame_pointer(start->instruction))
		search(number, stack, frame);
	for (; plausible(stack, frame) && frame < end && *number < FRAMES_MAX;
	     frame = word_at(frame)) {
		print_frame((*number)++, word_at(frame + 8), "");
		stack = frame + 16;
	}
	if (frame != 0)
		search(number, stack, end);
}

void backtrace_print(const struct backtrace_start *start)
{
	unsigned number = 1;
	struct unikernel_stack stack = stack_of(aligned(start->stack));
	print_frame(0, start->instruction, "");
	if (!stack.end)
		return;
	print_callers(&number, start, stack.end);
	for (unsigned left = STACKS_MAX; left && stack.caller; left--) {
		uintptr_t next = aligned(stack.caller);
		stack = stack_of(next);
		if (stack.end)
			search(&number, next, stack.end);
	}
}
