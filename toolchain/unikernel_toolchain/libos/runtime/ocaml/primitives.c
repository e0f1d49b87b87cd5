/* SPDX-License-Identifier: ISC */
/* Primitives that programs use with no package of ours. */
#include <caml/mlvalues.h>
#include <unikernel.h>
#include "ocaml.h"

static const struct uk_start_info *start_info;

void uk_ocaml_set_start_info(const struct uk_start_info *info)
{
	start_info = info;
}

/* In bytes, as OCaml's untagged int. */
intnat uk_ocaml_stack_size(value unit)
{
	(void)unit;
	return (intnat)start_info->stack_size;
}

/* external milestone : int -> unit = "uk_ocaml_milestone" [@@noalloc] */
value uk_ocaml_milestone(value milestone)
{
	uk_milestone((uk_milestone_t)Long_val(milestone));
	return Val_unit;
}
