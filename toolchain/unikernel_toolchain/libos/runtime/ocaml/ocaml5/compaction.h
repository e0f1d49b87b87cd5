/* SPDX-License-Identifier: ISC */
/* compaction.h: the runtime's compaction, in two files of which one is linked on demand.
 */
#ifndef UNIKERNEL_RUNTIME_OCAML5_COMPACTION_H
#define UNIKERNEL_RUNTIME_OCAML5_COMPACTION_H

#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/domain.h>
#include <caml/shared_heap.h>
#include "../ocaml.h"

__typeof__(caml_compact_heap) __wrap_caml_compact_heap, __real_caml_compact_heap,
	unikernel_ocaml_compact_heap;

#endif
