/* SPDX-License-Identifier: ISC */
/* overrun.h: what becomes of an OCaml function that overruns the stack. */
#ifndef UNIKERNEL_RUNTIME_OCAML4_OVERRUN_H
#define UNIKERNEL_RUNTIME_OCAML4_OVERRUN_H

#include <unikernel.h>

/* An overrun_handler (unikernel.h) that raises Stack_overflow. */
uintptr_t unikernel_ocaml_stack_overflow(uintptr_t instruction, uintptr_t stack,
					 uintptr_t *argument);

#endif
