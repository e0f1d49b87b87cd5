/* SPDX-License-Identifier: ISC */
/* What OCaml 4 is told before it starts.
 *
 * Heaps: OCaml's own choice is a minor heap of 256 k words and a major heap of 124 k
 * words, 3 MB together. A guest gives at most 1/12 of its heap to the first and 1/24 to
 * the second: with 24 MiB of heap and more that is OCaml's own choice. The user's
 * OCAMLRUNPARAM, which the runtime reads later, wins.
 *
 * Stack: OCaml code runs on the guest's one stack, and its overrun is a page fault. */
#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/codefrag.h>
#include <caml/domain_state.h>
#include <caml/startup_aux.h>
#include "../ocaml.h"

#define WORD sizeof(uintptr_t)
#define MAJOR_WORDS_MAX ((size_t)31 * 4096)
#define MAJOR_SHARE 24

/* In the runtime's assembly: raises Stack_overflow, given the domain state. */
void caml_stack_overflow(caml_domain_state *state);

/* Only OCaml code can be left anywhere. An overrun in C, the collector's own included,
 * leaves its data half changed: the guest dies of the fault. */
static uintptr_t handle_overrun(uintptr_t instruction, uintptr_t *argument)
{
	if (!caml_find_code_fragment_by_pc((char *)instruction))
		return 0;
	*argument = (uintptr_t)Caml_state;
	return (uintptr_t)caml_stack_overflow;
}

void unikernel_ocaml_prepare(const struct unikernel_start_info *info)
{
	size_t major_words = info->heap_size / MAJOR_SHARE / WORD;

	caml_init_minor_heap_wsz = unikernel_ocaml_minor_words(info->heap_size);
	if (major_words < MAJOR_WORDS_MAX)
		caml_init_heap_wsz = major_words;
	unikernel_set_overrun_handler(handle_overrun);
}

/* OCaml 4.14's name for what caml_init_signals does in 4.13. */
void __wrap_caml_init_nat_signals(void);

void __wrap_caml_init_nat_signals(void)
{
}
