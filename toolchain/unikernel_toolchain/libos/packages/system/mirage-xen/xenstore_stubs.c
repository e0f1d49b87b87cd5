/* SPDX-License-Identifier: ISC */
/* Primitives of Os_xenstore. Nothing of OCaml moves while an answer is waited for. */
#include <caml/alloc.h>
#include <caml/memory.h>
#include <caml/mlvalues.h>
#include <unikernel_xen.h>

/* Names of a directory may be more than a message holds. */
#define ANSWER_MAX 65536

static char answer[ANSWER_MAX];

/* operation, transaction, path, value -> result, answer */
value unikernel_os_xenstore_ask(value operation, value transaction, value path,
				value text)
{
	CAMLparam2(path, text);
	CAMLlocal2(result, found);
	size_t length = 0;
	enum unikernel_xenstore_result r = unikernel_xenstore_ask(
		(enum unikernel_xenstore_operation)Long_val(operation),
		(uint32_t)Long_val(transaction), String_val(path), String_val(text),
		caml_string_length(text), answer, sizeof(answer), &length);

	found = caml_alloc_initialized_string(r == UNIKERNEL_XENSTORE_OK ? length : 0,
					      answer);
	result = caml_alloc_tuple(2);
	Store_field(result, 0, Val_long(r));
	Store_field(result, 1, found);
	CAMLreturn(result);
}

static value pair(enum unikernel_xenstore_result result, uint32_t number)
{
	value both = caml_alloc_tuple(2);

	Field(both, 0) = Val_long(result);
	Field(both, 1) = Val_long(number);
	return both;
}

/* -> result, transaction */
value unikernel_os_xenstore_begin(value unit)
{
	uint32_t transaction = 0;
	enum unikernel_xenstore_result r = unikernel_xenstore_begin(&transaction);

	(void)unit;
	return pair(r, transaction);
}

value unikernel_os_xenstore_end(value transaction, value commit)
{
	return Val_long(unikernel_xenstore_end((uint32_t)Long_val(transaction),
					       Bool_val(commit)));
}

/* path -> result, watch */
value unikernel_os_xenstore_watch(value path)
{
	unsigned watch = 0;
	enum unikernel_xenstore_result r =
		unikernel_xenstore_watch(String_val(path), &watch);

	return pair(r, watch);
}

value unikernel_os_xenstore_unwatch(value watch)
{
	unikernel_xenstore_unwatch((unsigned)Long_val(watch));
	return Val_unit;
}

value unikernel_os_xenstore_fired(value watch)
{
	return Val_bool(unikernel_xenstore_fired((unsigned)Long_val(watch)));
}
