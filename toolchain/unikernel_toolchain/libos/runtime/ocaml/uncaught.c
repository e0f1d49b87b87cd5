/* SPDX-License-Identifier: ISC */
/* An uncaught exception comes with its backtrace, unasked; of an endless recursion that
 * would be a thousand times the same line. The innermost calls are kept, which are what
 * both the runtime and Printexc print. */
#define CAML_INTERNALS
#define CAML_NAME_SPACE /* OCaml 4 has macros of common words else */
#include <caml/mlvalues.h>
#include <caml/domain_state.h>
#include <caml/printexc.h>
#include <stdio.h>

#define SHOWN 50

_Noreturn void __real_caml_fatal_uncaught_exception(value exception);
_Noreturn void __wrap_caml_fatal_uncaught_exception(value exception);

_Noreturn void __wrap_caml_fatal_uncaught_exception(value exception)
{
	long calls = (long)Caml_state->backtrace_pos;

	if (calls > SHOWN) {
		Caml_state->backtrace_pos = SHOWN;
		fprintf(stderr, "Of a backtrace of %ld calls, the last %d are shown.\n",
			calls, SHOWN);
	}
	__real_caml_fatal_uncaught_exception(exception);
}
