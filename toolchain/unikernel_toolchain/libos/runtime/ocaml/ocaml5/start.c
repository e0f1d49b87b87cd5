/* SPDX-License-Identifier: ISC */
/* What OCaml 5 is told before it starts. */
#include "../ocaml.h"
#include "ocaml5.h"

/* OCaml code runs on stacks in the heap, which grow, and whose overrun the code itself
 * looks for. The guest's own stack is for C alone: the runtime, and what a program's
 * callbacks from C to OCaml and back take of it. */
const size_t unikernel_stack_size_max = 1 << 20;

void unikernel_ocaml_prepare(const struct unikernel_start_info *info)
{
	unikernel_ocaml_set_heap_size(info->heap_size);
	unikernel_set_stack_finder(unikernel_ocaml_find_stack);
}
