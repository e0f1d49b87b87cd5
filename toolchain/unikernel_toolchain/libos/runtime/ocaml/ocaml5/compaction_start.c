/* SPDX-License-Identifier: ISC */
/* Gc.compact, and with it compaction. See compaction.c. */
#include <caml/version.h>
#if OCAML_VERSION >= 50200
#include "compaction.h"

value __real_caml_gc_compaction(value unit);
value __wrap_caml_gc_compaction(value unit);

void unikernel_ocaml_compact_heap(caml_domain_state *domain, int domains,
				  caml_domain_state **all)
{
	__real_caml_compact_heap(domain, domains, all);
}

value __wrap_caml_gc_compaction(value unit)
{
	return __real_caml_gc_compaction(unit);
}
#endif
