/* SPDX-License-Identifier: ISC */
/* Compaction is in images that ask for it: nothing but Gc.compact starts one, and where
 * it is called, compaction_start.c is linked. */
#include <caml/version.h>
#if OCAML_VERSION >= 50200 /* before that there is none */
#include "compaction.h"

#pragma weak unikernel_ocaml_compact_heap

void __wrap_caml_compact_heap(caml_domain_state *domain, int domains,
			      caml_domain_state **all)
{
	if (unikernel_ocaml_compact_heap)
		unikernel_ocaml_compact_heap(domain, domains, all);
}
#endif
