/* SPDX-License-Identifier: ISC */
/* Gc.Memprof's three functions, and with them the profiler. See memprof.h. */
#include <caml/version.h>
#if OCAML_VERSION >= 50300 /* from 5.0 to 5.2 there is no profiler, and these raise */
#include "memprof.h"

#define DECLARE(name) __typeof__(caml_memprof_##name) __real_caml_memprof_##name;
MEMPROF_FUNCTIONS(DECLARE)

#define ENTRY(name) .name = __real_caml_memprof_##name,
const struct memprof unikernel_ocaml_memprof = {MEMPROF_FUNCTIONS(ENTRY)};

value __real_caml_memprof_start(value rate, value callstack_size, value tracker);
value __wrap_caml_memprof_start(value rate, value callstack_size, value tracker);
value __real_caml_memprof_stop(value unit);
value __wrap_caml_memprof_stop(value unit);
value __real_caml_memprof_discard(value profile);
value __wrap_caml_memprof_discard(value profile);

value __wrap_caml_memprof_start(value rate, value callstack_size, value tracker)
{
	return __real_caml_memprof_start(rate, callstack_size, tracker);
}

value __wrap_caml_memprof_stop(value unit)
{
	return __real_caml_memprof_stop(unit);
}

value __wrap_caml_memprof_discard(value profile)
{
	return __real_caml_memprof_discard(profile);
}
#endif
