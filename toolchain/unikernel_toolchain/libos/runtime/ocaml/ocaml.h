/* SPDX-License-Identifier: ISC */
/* ocaml.h: what the files beneath an OCaml program ask of each other.
 *
 * Files here serve every release. What differs between the runtimes of OCaml 4 and OCaml
 * 5 is in ocaml4/ and ocaml5/, of which one is compiled; smaller differences are told by
 * OCAML_VERSION. A function __wrap_NAME takes the place of the runtime's own NAME: the
 * linker is told so (--wrap) of each that is defined here.
 */
#ifndef UNIKERNEL_RUNTIME_OCAML_H
#define UNIKERNEL_RUNTIME_OCAML_H

#include <stddef.h>
#include <stdint.h>
#include <unikernel.h>

/* Behind the declaration of a __wrap_NAME, which must be called as NAME is. */
#define SAME_TYPE(name)                                                                  \
	_Static_assert(__builtin_types_compatible_p(__typeof__(name),                    \
						    __typeof__(__wrap_##name)),          \
		       "the runtime's " #name " has changed")

/* What a generation's runtime must know or have before caml_main. */
void unikernel_ocaml_prepare(const struct unikernel_start_info *info);

/* What the primitives about memory answer from. */
void unikernel_ocaml_set_start_info(const struct unikernel_start_info *info);

/* The user's run-time parameters, "" when there are none. */
const char *unikernel_ocaml_users_parameters(void);

/* Turns backtraces on unless the user chose. Once the runtime is ready. */
void unikernel_ocaml_enable_backtraces(void);

/* Makes fatal errors of the runtime the guest's abort. */
void unikernel_ocaml_set_fatal_error_hook(void);

/* A power of two of words for the minor heap of a guest with so many bytes of heap: the
 * runtime's tables beside the minor heap are shares of it. */
size_t unikernel_ocaml_minor_words(size_t heap_size);

#endif
