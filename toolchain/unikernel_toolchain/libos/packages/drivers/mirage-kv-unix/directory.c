/* SPDX-License-Identifier: ISC */
/* Primitives of Mirage_kv_unix. */
#include <caml/alloc.h>
#include <caml/fail.h>
#include <caml/memory.h>
#include <caml/mlvalues.h>
#include <string.h>
#include <unikernel.h>

/* name -> handle */
value unikernel_kv_acquire(value name)
{
	unsigned handle;
	unikernel_result_t r = unikernel_directory_acquire(String_val(name), &handle);

	if (r == UNIKERNEL_EINVAL)
		caml_failwith("no directory of this name, or in use already");
	if (r != UNIKERNEL_OK)
		caml_failwith("this guest was given no such directory of the host");
	return Val_long(handle);
}

/* handle, operation, path, value -> errno (-1: the file server is gone), kind, size,
 * seconds, nanoseconds, bytes. Nothing of OCaml moves while the answer is waited for. */
value unikernel_kv_ask(value handle, value operation, value path, value bytes)
{
	CAMLparam2(path, bytes);
	CAMLlocal2(result, content);
	struct unikernel_directory_answer answer;
	unikernel_result_t r = unikernel_directory_ask(
		(unsigned)Long_val(handle),
		(enum unikernel_directory_operation)Long_val(operation), String_val(path),
		caml_string_length(path), String_val(bytes), caml_string_length(bytes),
		&answer);

	content = caml_alloc_string(answer.length);
	if (answer.length)
		memcpy(Bytes_val(content), answer.bytes, answer.length);
	unikernel_free(answer.bytes);
	result = caml_alloc_tuple(6);
	Store_field(result, 0, Val_long(r == UNIKERNEL_OK ? answer.error : -1));
	Store_field(result, 1, Val_long(answer.kind));
	Store_field(result, 2, Val_long((intnat)answer.size));
	Store_field(result, 3, Val_long((intnat)answer.modified_seconds));
	Store_field(result, 4, Val_long(answer.modified_nanoseconds));
	Store_field(result, 5, content);
	CAMLreturn(result);
}
