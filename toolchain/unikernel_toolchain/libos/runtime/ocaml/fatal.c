/* SPDX-License-Identifier: ISC */
#define CAML_INTERNALS
#include <caml/mlvalues.h>
#include <caml/misc.h>
#include <caml/version.h>
#include <stdio.h>
#include <string.h>
#include <unikernel.h>
#include "ocaml.h"

#if OCAML_VERSION >= 50400
typedef const char *format_text;
#else
typedef char *format_text;
#endif

/* How OCaml 5 says that memory ran out while the collector copied; OCaml 4 says "out of
 * memory". */
static const char promotion_failed[] = "allocation failure during minor GC";

/* The runtime's last words ("out of memory" while it collects, say) become the
 * guest's, so that the host gets them with the abort. */
static void die(format_text format, va_list arguments)
{
	char why[160];
	bool promoting = !strcmp(format, promotion_failed);
	int length = snprintf(why, sizeof why,
			      promoting ? "OCaml: out of memory: " : "OCaml: ");

	vsnprintf(why + length, sizeof why - (size_t)length, format, arguments);
	for (char *c = why; *c; c++)
		if (*c == '\n')
			*c = ' ';
	unikernel_abort(why);
}

void unikernel_ocaml_set_fatal_error_hook(void)
{
	caml_fatal_error_hook = die;
}
