/* SPDX-License-Identifier: ISC */
/* memprof.h: the statistical memory profiler (Gc.Memprof) is a part on demand.
 *
 * The runtime calls it at every collection, which brings it into every image, 9 KB. Here
 * these calls go through memprof.c, which knows the profiler only weakly.
 * memprof_start.c knows it, and is linked for whoever refers to the functions that start
 * or stop a profile: any program that names module Gc. */
#ifndef UNIKERNEL_RUNTIME_OCAML5_MEMPROF_H
#define UNIKERNEL_RUNTIME_OCAML5_MEMPROF_H

#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/domain_state.h>
#include <caml/memprof.h>
#include "../ocaml.h"

/* The functions that other files of the runtime call, by what follows caml_memprof_. */
#define MEMPROF_FUNCTIONS(_)                                                             \
	_(new_domain)                                                                    \
	_(delete_domain)                                                                 \
	_(set_trigger)                                                                   \
	_(sample_block)                                                                  \
	_(sample_young)                                                                  \
	_(scan_roots)                                                                    \
	_(after_minor_gc)                                                                \
	_(after_major_gc)                                                                \
	_(update_suspended)                                                              \
	_(run_callbacks_res)

struct memprof {
#define FIELD(name) __typeof__(caml_memprof_##name) *name;
	MEMPROF_FUNCTIONS(FIELD)
#undef FIELD
};

extern const struct memprof unikernel_ocaml_memprof;

#endif
