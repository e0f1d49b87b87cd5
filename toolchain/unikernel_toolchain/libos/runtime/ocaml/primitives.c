/* SPDX-License-Identifier: ISC */
/* Primitives that programs use with no package of ours. */
#include <caml/mlvalues.h>
#include <unikernel.h>

/* external milestone : int -> unit = "uk_ocaml_milestone" [@@noalloc] */
value uk_ocaml_milestone(value milestone)
{
	uk_milestone((uk_milestone_t)Long_val(milestone));
	return Val_unit;
}

/* ocamlopt makes each module hold the address of every primitive it declares,
 * called or not. The toolchain points those nothing calls here. */
_Noreturn void uk_unused_primitive(void)
{
	uk_abort("a primitive was called that the toolchain had left out");
}
