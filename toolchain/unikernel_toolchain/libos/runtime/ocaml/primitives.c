/* SPDX-License-Identifier: ISC */
/* Primitives that programs use with no package of ours. */
#include <caml/mlvalues.h>
#include <unikernel.h>
#include "ocaml.h"

static const struct unikernel_start_info *start_info;

void unikernel_ocaml_set_start_info(const struct unikernel_start_info *info)
{
	start_info = info;
}

/* In bytes, as OCaml's untagged int. */
intnat unikernel_ocaml_stack_size(value unit)
{
	(void)unit;
	return (intnat)start_info->stack_size;
}

/* external milestone : int -> unit = "unikernel_ocaml_milestone" [@@noalloc] */
value unikernel_ocaml_milestone(value milestone)
{
	unikernel_milestone((unikernel_milestone_t)Long_val(milestone));
	return Val_unit;
}
