/* SPDX-License-Identifier: ISC */
#ifndef UK_RUNTIME_OCAML_H
#define UK_RUNTIME_OCAML_H

#include <stddef.h>
#include <stdint.h>
#include <unikernel.h>

/* What the primitives about memory answer from. */
void uk_ocaml_set_start_info(const struct uk_start_info *info);

/* Chooses initial heap sizes for this much memory. Before caml_main. */
void uk_ocaml_set_heap_sizes(size_t heap_size);

/* Turns backtraces on unless the user chose. Once the runtime is ready. */
void uk_ocaml_enable_backtraces(void);

/* Makes fatal errors of the runtime the guest's abort. */
void uk_ocaml_set_fatal_error_hook(void);

/* Sends an overrun in OCaml code to Stack_overflow; see uk_overrun_handler_t. */
uintptr_t uk_ocaml_handle_overrun(uintptr_t instruction, uintptr_t *argument);

#endif
