/* SPDX-License-Identifier: ISC */
/* What OCaml 5's runtime does at its start and end that finds nothing in a guest. */

#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/runtime_events.h>
#include "../ocaml.h"

void __wrap_caml_terminate_signals(void);
void __wrap_caml_runtime_events_init(void);
SAME_TYPE(caml_runtime_events_init);
void __wrap_caml_runtime_events_destroy(void);
SAME_TYPE(caml_runtime_events_destroy);
void __wrap_caml_ev_begin(ev_runtime_phase phase);
SAME_TYPE(caml_ev_begin);
void __wrap_caml_ev_end(ev_runtime_phase phase);
SAME_TYPE(caml_ev_end);
void __wrap_caml_ev_counter(ev_runtime_counter counter, uint64_t count);
SAME_TYPE(caml_ev_counter);
void __wrap_caml_ev_lifecycle(ev_lifecycle what, int64_t data);
SAME_TYPE(caml_ev_lifecycle);

/* Nobody sends signals: this would undo what ../unneeded.c leaves out. */
void __wrap_caml_terminate_signals(void)
{
}

/* Runtime events go into a file that another process reads. */
void __wrap_caml_runtime_events_init(void)
{
}

void __wrap_caml_runtime_events_destroy(void)
{
}

void __wrap_caml_ev_begin(ev_runtime_phase phase)
{
	(void)phase;
}

void __wrap_caml_ev_end(ev_runtime_phase phase)
{
	(void)phase;
}

void __wrap_caml_ev_counter(ev_runtime_counter counter, uint64_t count)
{
	(void)counter, (void)count;
}

void __wrap_caml_ev_lifecycle(ev_lifecycle what, int64_t data)
{
	(void)what, (void)data;
}
