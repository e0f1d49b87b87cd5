/* SPDX-License-Identifier: ISC */
/* The stacks of OCaml 5, for fault reports.
 *
 * Each fiber has a stack of its own in the heap; a stack that OCaml code has called C
 * from knows where it goes on (sp), and each knows its parent, on which its effect
 * handler is. C runs on the guest's stack. There the runtime links the places where C
 * called OCaml: above such a link are the frames of that C, below it those of the C that
 * this OCaml has called.
 *
 *     guest's stack          OCaml's, in the heap
 *     caml_main
 *     [link] ───────────────▶ main fiber ◀─parent─ fiber ◀─ current_stack
 *     C that fiber calls  ◀──────────────────────── sp
 *
 * Who reads the guest's stack from below, to its end, jumps at the link to the fiber,
 * from fiber to parent, and behind the last of them back above the link.
 * (<caml/fiber.h>; runtime/amd64.S: SWITCH_OCAML_TO_C, caml_start_program) */
#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/domain_state.h>
#include <caml/fiber.h>
#include <caml/gc_ctrl.h>
#include "../ocaml.h"
#include "ocaml5.h"

/* Whoever calls this may have found everything broken: stop before it goes in circles. */
#define FIBERS_MAX 64

/* The one domain's state. The runtime forgets it where C code blocks: Caml_state is NULL
 * in a blocking section, and who waits for ever is in one. */
static caml_domain_state *domain;

void __real_caml_init_gc(void);
void __wrap_caml_init_gc(void);
SAME_TYPE(caml_init_gc);

void __wrap_caml_init_gc(void)
{
	__real_caml_init_gc();
	domain = Caml_state;
}

static bool holds(struct stack_info *fiber, uintptr_t address)
{
	return address >= (uintptr_t)Stack_base(fiber) &&
	       address < (uintptr_t)Stack_high(fiber);
}

/* The outermost link: callbacks from C to OCaml run on the fiber that called that C. */
static uintptr_t above_links(struct c_stack_link *link)
{
	for (unsigned left = FIBERS_MAX; left && link->prev; left--)
		link = link->prev;
	return (uintptr_t)(link + 1);
}

void unikernel_ocaml_find_stack(uintptr_t address, struct unikernel_stack *stack)
{
	if (!domain || !domain->c_stack || !domain->current_stack)
		return;
	struct c_stack_link *link = domain->c_stack;
	struct stack_info *fiber = domain->current_stack;
	if (stack->end && address < (uintptr_t)link) {
		stack->end = (uintptr_t)link;
		stack->caller = (uintptr_t)fiber->sp;
	}
	for (unsigned left = FIBERS_MAX; left && fiber; left--) {
		struct stack_info *parent = Stack_parent(fiber);
		if (holds(fiber, address)) {
			stack->end = (uintptr_t)Stack_high(fiber);
			stack->caller =
				parent ? (uintptr_t)parent->sp : above_links(link);
			return;
		}
		fiber = parent;
	}
}
