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
#include <caml/startup_aux.h>
#include "../ocaml.h"
#include "overrun.h"

#define WORD sizeof(uintptr_t)
#define MAJOR_WORDS_MAX ((size_t)31 * 4096)
#define MAJOR_SHARE 24

void unikernel_ocaml_prepare(const struct unikernel_start_info *info)
{
	size_t major_words = info->heap_size / MAJOR_SHARE / WORD;

	caml_init_minor_heap_wsz = unikernel_ocaml_minor_words(info->heap_size);
	if (major_words < MAJOR_WORDS_MAX)
		caml_init_heap_wsz = major_words;
	unikernel_set_overrun_handler(unikernel_ocaml_stack_overflow);
}

/* OCaml 4.14's name for what caml_init_signals does in 4.13. */
void __wrap_caml_init_nat_signals(void);

void __wrap_caml_init_nat_signals(void)
{
}
