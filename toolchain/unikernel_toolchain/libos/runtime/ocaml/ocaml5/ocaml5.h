/* SPDX-License-Identifier: ISC */
/* ocaml5.h: what the files of this folder ask of each other. */
#ifndef UNIKERNEL_RUNTIME_OCAML5_H
#define UNIKERNEL_RUNTIME_OCAML5_H

#include <stddef.h>
#include <unikernel.h>

/* Bytes of the guest's heap, from which the runtime's own choices follow. */
void unikernel_ocaml_set_heap_size(size_t heap_size);

/* Finds OCaml's stacks, which are in the heap. See unikernel_set_stack_finder. */
void unikernel_ocaml_find_stack(uintptr_t address, struct unikernel_stack *stack);

#endif
