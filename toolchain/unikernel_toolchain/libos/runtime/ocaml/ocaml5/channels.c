/* SPDX-License-Identifier: ISC */
/* Up to OCaml 5.2 the buffers of Stdlib's three channels, 64 KiB each, hurry the
 * collector as a share of a heap that has no size yet: a program starts with a collection
 * of nothing. A guest opens no files, and so no more channels: theirs do not count. */
#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/custom.h>
#include <caml/version.h>
#if OCAML_VERSION < 50300
#include <string.h>
#include "../ocaml.h"

value __real_caml_alloc_custom_mem(const struct custom_operations *operations,
				   uintnat size, mlsize_t memory);
value __wrap_caml_alloc_custom_mem(const struct custom_operations *operations,
				   uintnat size, mlsize_t memory);
SAME_TYPE(caml_alloc_custom_mem);

value __wrap_caml_alloc_custom_mem(const struct custom_operations *operations,
				   uintnat size, mlsize_t memory)
{
	/* The operations themselves are static; this is their name (io.c). */
	bool channel = !strcmp(operations->identifier, "_chan");

	return __real_caml_alloc_custom_mem(operations, size, channel ? 0 : memory);
}
#endif
