/* SPDX-License-Identifier: ISC */
/* What the runtime calls of the profiler: it, or what it does while nothing is profiled.
 * See memprof.h. */
#include <caml/version.h>
#if OCAML_VERSION >= 50300
#include "memprof.h"

#pragma weak unikernel_ocaml_memprof
static inline const struct memprof *profiler(void)
{
	return &unikernel_ocaml_memprof;
}

#define DECLARE(name) __typeof__(caml_memprof_##name) __wrap_caml_memprof_##name;
MEMPROF_FUNCTIONS(DECLARE)

/* A domain without one could not be made; nobody else looks into it. */
void __wrap_caml_memprof_new_domain(caml_domain_state *parent, caml_domain_state *child)
{
	static char nothing;

	if (profiler())
		profiler()->new_domain(parent, child);
	else
		child->memprof = (void *)&nothing;
}

void __wrap_caml_memprof_delete_domain(caml_domain_state *domain)
{
	if (profiler())
		profiler()->delete_domain(domain);
}

/* Allocation stops at the trigger; at its start the young heap is full anyway. */
void __wrap_caml_memprof_set_trigger(caml_domain_state *domain)
{
	if (profiler())
		profiler()->set_trigger(domain);
	else
		domain->memprof_young_trigger = domain->young_start;
}

void __wrap_caml_memprof_sample_block(value block, size_t allocated_words,
				      size_t sampled_words, int source)
{
	if (profiler())
		profiler()->sample_block(block, allocated_words, sampled_words, source);
}

void __wrap_caml_memprof_sample_young(uintnat words, int from_caml, int blocks,
				      unsigned char *lengths)
{
	if (profiler())
		profiler()->sample_young(words, from_caml, blocks, lengths);
}

void __wrap_caml_memprof_scan_roots(scanning_action action, scanning_action_flags flags,
				    void *data, caml_domain_state *domain, bool weak)
{
	if (profiler())
		profiler()->scan_roots(action, flags, data, domain, weak);
}

void __wrap_caml_memprof_after_minor_gc(caml_domain_state *domain)
{
	if (profiler())
		profiler()->after_minor_gc(domain);
}

void __wrap_caml_memprof_after_major_gc(caml_domain_state *domain)
{
	if (profiler())
		profiler()->after_major_gc(domain);
}

void __wrap_caml_memprof_update_suspended(bool suspended)
{
	if (profiler())
		profiler()->update_suspended(suspended);
}

caml_result __wrap_caml_memprof_run_callbacks_res(void)
{
	return profiler() ? profiler()->run_callbacks_res() : Result_unit;
}
#endif
