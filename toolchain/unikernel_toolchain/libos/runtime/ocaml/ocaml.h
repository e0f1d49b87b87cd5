/* SPDX-License-Identifier: ISC */
#ifndef UNIKERNEL_RUNTIME_OCAML_H
#define UNIKERNEL_RUNTIME_OCAML_H

#include <stddef.h>
#include <stdint.h>
#include <unikernel.h>

/* What the primitives about memory answer from. */
void unikernel_ocaml_set_start_info(const struct unikernel_start_info *info);

/* Chooses initial heap sizes for this much memory. Before caml_main. */
void unikernel_ocaml_set_heap_sizes(size_t heap_size);

/* Turns backtraces on unless the user chose. Once the runtime is ready. */
void unikernel_ocaml_enable_backtraces(void);

/* Makes fatal errors of the runtime the guest's abort. */
void unikernel_ocaml_set_fatal_error_hook(void);

/* Sends an overrun in OCaml code to Stack_overflow; see unikernel_overrun_handler_t. */
uintptr_t unikernel_ocaml_handle_overrun(uintptr_t instruction, uintptr_t *argument);

#endif
