/* SPDX-License-Identifier: ISC */
/* The stack's overrun, which is a page fault, as OCaml's exception with its backtrace. */
#define CAML_INTERNALS
#define CAML_NAME_SPACE /* OCaml 4 has macros of common words else */
#include <caml/codefrag.h>
#include <caml/domain_state.h>
#include "../frames.h"
#include "overrun.h"

#define WORD sizeof(uintptr_t)
#define LARGEST_FRAME 0x10000 /* bytes: a descriptor has 16 bits for them */
#define FRAME_SIZE 0xfffc     /* of a descriptor's: the rest are flags */
#define NO_FRAME 0xffff	      /* where C has called OCaml */

/* In the runtime: raises Stack_overflow, given the domain state; the exception; records
 * what `stack` holds from the call that returns to `pc` to the handler. */
void caml_stack_overflow(caml_domain_state *state);
extern char caml_exn_Stack_overflow[];
void caml_stash_backtrace(value exception, uintnat pc, char *stack, char *handler);

static const frame_descr *descriptor_of(uintnat pc)
{
	uintnat place = Hash_retaddr(pc);

	while (caml_frame_descriptors[place] &&
	       caml_frame_descriptors[place]->retaddr != pc)
		place = (place + 1) & caml_frame_descriptors_mask;
	return caml_frame_descriptors[place];
}

static uintnat return_before(const char *stack)
{
	return *(const uintnat *)(stack - WORD);
}

/* Whether the word before `stack` is the address that a function of OCaml's returns to:
 * so is then the one where its caller's frame ends. */
static bool is_return(const char *stack, const char *handler)
{
	const frame_descr *caller = descriptor_of(return_before(stack));

	if (!caller || caller->frame_size == NO_FRAME)
		return false;
	stack += caller->frame_size & FRAME_SIZE;
	return stack > handler || descriptor_of(return_before(stack));
}

/* Of the function that overran the stack it is not known how much of its frame there is:
 * the backtrace begins with its caller. */
static void record(char *stack)
{
	char *handler = Caml_state->exception_pointer;
	char *end = handler < stack + LARGEST_FRAME ? handler : stack + LARGEST_FRAME;

	Caml_state->backtrace_pos = 0;
	for (stack += WORD; stack < end; stack += WORD) {
		if (is_return(stack, handler)) {
			caml_stash_backtrace((value)caml_exn_Stack_overflow,
					     return_before(stack), stack, handler);
			return;
		}
	}
}

/* Only OCaml code can be left anywhere. An overrun in C, the collector's own included,
 * leaves its data half changed: the guest dies of the fault. */
uintptr_t unikernel_ocaml_stack_overflow(uintptr_t instruction, uintptr_t stack,
					 uintptr_t *argument)
{
	if (!caml_find_code_fragment_by_pc((char *)instruction))
		return 0;
	if (Caml_state->backtrace_active)
		record((char *)stack);
	*argument = (uintptr_t)Caml_state;
	return (uintptr_t)caml_stack_overflow;
}
