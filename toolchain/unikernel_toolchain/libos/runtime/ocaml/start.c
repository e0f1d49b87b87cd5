/* SPDX-License-Identifier: ISC */
/* unikernel_main for OCaml programs: from the platform to caml_main. */
#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/callback.h>
#include <caml/domain_state.h>
#include <stdlib.h>
#include <unikernel.h>
#include "../libc/libc.h"
#include "ocaml.h"

/* The runtime is ready, no module has run. */
value __real_caml_start_program(caml_domain_state *state);
value __wrap_caml_start_program(caml_domain_state *state);

value __wrap_caml_start_program(caml_domain_state *state)
{
	unikernel_ocaml_enable_backtraces();
	unikernel_milestone(UNIKERNEL_MILESTONE_RUNTIME);
	return __real_caml_start_program(state);
}

/* Modules run inside caml_main, the last of them flushes OCaml's channels.
 * exit() flushes what C printed. */
int unikernel_main(const struct unikernel_start_info *info)
{
	unikernel_libc_start(info);
	unikernel_ocaml_set_start_info(info);
	unikernel_ocaml_set_fatal_error_hook();
	unikernel_ocaml_prepare(info);
	caml_main(unikernel_argv);
	exit(EXIT_SUCCESS);
}
