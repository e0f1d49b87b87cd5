/* SPDX-License-Identifier: ISC */
#define CAML_INTERNALS
#include <caml/codefrag.h>
#include <caml/domain_state.h>
#include <caml/mlvalues.h>
#include "ocaml.h"

/* In the runtime's assembly: raises Stack_overflow, given the domain state. */
void caml_stack_overflow(caml_domain_state *state);

/* Only OCaml code can be left anywhere. An overrun in C, the collector's own
 * included, leaves its data half changed: the guest dies of the fault. */
uintptr_t unikernel_ocaml_handle_overrun(uintptr_t instruction, uintptr_t *argument)
{
	if (!caml_find_code_fragment_by_pc((char *)instruction))
		return 0;
	*argument = (uintptr_t)Caml_state;
	return (uintptr_t)caml_stack_overflow;
}
