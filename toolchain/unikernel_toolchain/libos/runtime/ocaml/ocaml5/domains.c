/* SPDX-License-Identifier: ISC */
/* A guest has one processor, and so one domain: none is begun, none ends, nobody waits
 * for another. */
#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/fail.h>
#include <caml/major_gc.h>
#include <caml/platform.h>
#include <caml/shared_heap.h>
#include <caml/version.h>
#include <unikernel.h>
#include "../ocaml.h"

value __wrap_caml_domain_spawn(value closure, value termination);

/* Domain.spawn */
value __wrap_caml_domain_spawn(value closure, value termination)
{
	(void)closure, (void)termination;
	caml_failwith("Domain.spawn: a unikernel has one processor, and so one domain");
}

/* What the runtime does for a domain that could not be made. Without the first there is
 * no program, and it ends. */
void __wrap_caml_teardown_major_gc(void);
SAME_TYPE(caml_teardown_major_gc);

void __wrap_caml_teardown_major_gc(void)
{
}

#if OCAML_VERSION < 50400
void __wrap_caml_teardown_shared_heap(struct caml_heap_state *heap);
SAME_TYPE(caml_teardown_shared_heap);

void __wrap_caml_teardown_shared_heap(struct caml_heap_state *heap)
{
	(void)heap;
}
#endif

/* The runtime sleeps so between two looks at what another domain has yet to do. */
#if OCAML_VERSION >= 50300
unsigned __wrap_caml_plat_spin_back_off(unsigned sleep_ns,
					const struct caml_plat_srcloc *place);
SAME_TYPE(caml_plat_spin_back_off);

unsigned __wrap_caml_plat_spin_back_off(unsigned sleep_ns,
					const struct caml_plat_srcloc *place)
{
	(void)sleep_ns, (void)place;
	unikernel_abort("deadlock: OCaml waits for a domain, and there is no other one");
}
#endif
