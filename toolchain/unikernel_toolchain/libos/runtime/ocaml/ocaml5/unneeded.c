/* SPDX-License-Identifier: ISC */
/* What OCaml 5's runtime does at its start and end that finds nothing in a guest. */

void __wrap_caml_terminate_signals(void);
void __wrap_caml_runtime_events_init(void);
void __wrap_caml_runtime_events_destroy(void);

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
