/* SPDX-License-Identifier: ISC */
#include "frame_pool.h"

#include <caml/bigarray.h>
#include <caml/custom.h>
#include <stdlib.h>

#define ROOM_FOR_MTU 2048
#define ROOM_FOR_COALESCED 65600 /* headroom of 32 and a frame of 65,550 bytes */

struct frame_pool frame_pool_small = {.size = ROOM_FOR_MTU};
struct frame_pool frame_pool_large = {.size = ROOM_FOR_COALESCED};

void *frame_pool_take(struct frame_pool *pool)
{
	void *buffer = pool->free;

	if (buffer) {
		pool->free = *(void **)buffer;
		pool->free_count--;
	} else if (pool->made < pool->limit) {
		buffer = malloc(pool->size);
		pool->made += buffer != NULL;
	}
	return buffer;
}

void frame_pool_put(struct frame_pool *pool, void *buffer)
{
	*(void **)buffer = pool->free;
	pool->free = buffer;
	pool->free_count++;
}

unsigned frame_pool_available(const struct frame_pool *pool)
{
	return pool->free_count + (pool->limit - pool->made);
}

static struct frame_pool *pool_of_size(size_t size)
{
	return size == ROOM_FOR_MTU ? &frame_pool_small : &frame_pool_large;
}

static void (*finalize_bigarray)(value);

/* Parts of a Bigarray (Bigarray.Array1.sub) share it through a proxy, and the last of
 * them frees the memory: such a buffer is lost to the pool, which may make another. */
static void recycle(value bigarray)
{
	struct caml_ba_array *array = Caml_ba_array_val(bigarray);
	struct frame_pool *pool = pool_of_size((size_t)array->dim[0]);

	if (array->proxy) {
		pool->made--;
		finalize_bigarray(bigarray);
	} else {
		frame_pool_put(pool, array->data);
	}
}

value frame_pool_wrap(const struct frame_pool *pool, void *buffer)
{
	static struct custom_operations operations;
	intnat size = (intnat)pool->size;
	value bigarray = caml_ba_alloc(CAML_BA_CHAR | CAML_BA_C_LAYOUT | CAML_BA_MANAGED,
				       1, buffer, &size);

	if (!operations.identifier) {
		operations = *Custom_ops_val(bigarray);
		finalize_bigarray = operations.finalize;
		operations.finalize = recycle;
	}
	Custom_ops_val(bigarray) = &operations;
	return bigarray;
}
