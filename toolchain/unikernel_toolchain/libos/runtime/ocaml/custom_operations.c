/* SPDX-License-Identifier: ISC */
/* The custom blocks that can be read back (Marshal).
 *
 * The runtime's own list names bigarrays' operations and so brings all of bigarray.o, 12
 * KB, into every image. Here they are named weakly: who links any function of bigarrays
 * has them, and nobody else can do anything with one. The runtime's own reference is weak
 * in the copy of its archive that is linked (binary/weakened_runtime.py). */
#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/custom.h>
#include "ocaml.h"

#pragma weak caml_ba_ops

void __wrap_caml_init_custom_operations(void);
SAME_TYPE(caml_init_custom_operations);

void __wrap_caml_init_custom_operations(void)
{
	caml_register_custom_operations(&caml_int32_ops);
	caml_register_custom_operations(&caml_nativeint_ops);
	caml_register_custom_operations(&caml_int64_ops);
	if (&caml_ba_ops)
		caml_register_custom_operations(&caml_ba_ops);
}
