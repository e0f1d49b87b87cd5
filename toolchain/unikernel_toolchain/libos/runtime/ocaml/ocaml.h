/* SPDX-License-Identifier: ISC */
#ifndef UK_RUNTIME_OCAML_H
#define UK_RUNTIME_OCAML_H

#include <stddef.h>
#include <stdint.h>
#include <unikernel.h>

/* What the primitives about memory answer from. */
void uk_ocaml_set_start_info(const struct uk_start_info *info);

/* Puts our defaults ahead of the user's OCAMLRUNPARAM; later words win. */
void uk_ocaml_set_parameters(size_t heap_size);

/* Makes fatal errors of the runtime the guest's abort. */
void uk_ocaml_set_fatal_error_hook(void);

/* Sends an overrun in OCaml code to Stack_overflow; see uk_overrun_handler_t. */
uintptr_t uk_ocaml_handle_overrun(uintptr_t instruction, uintptr_t *argument);

#endif
