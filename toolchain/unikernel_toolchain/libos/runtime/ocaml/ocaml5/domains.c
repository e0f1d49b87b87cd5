/* SPDX-License-Identifier: ISC */
/* A guest has one processor, and so one domain. */
#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/fail.h>
#include <unikernel.h>

value __wrap_caml_domain_spawn(value closure, value termination);

/* Domain.spawn */
value __wrap_caml_domain_spawn(value closure, value termination)
{
	(void)closure, (void)termination;
	caml_failwith("Domain.spawn: a unikernel has one processor, and so one domain");
}
