/* SPDX-License-Identifier: ISC */
#include "watches.h"
#include "common/memory_functions.h"
#include "common/report/format.h"
#include "store_exchange.h"
#include "watch_list.h"

#define NUMBER_SIZE 24

static enum xenstore_result tell(uint32_t type, const struct xenstore_watch *watch)
{
	char token[NUMBER_SIZE];
	size_t length = format(token, sizeof token, "%u", (uint64_t)watch->token);
	const struct store_piece pieces[] = {{watch->path, text_length(watch->path) + 1},
					     {token, length + 1}};
	const struct store_message *answer;
	return store_exchange(type, XENSTORE_NO_TRANSACTION, pieces, 2, &answer);
}

enum xenstore_result xenstore_watch(struct xenstore_watch *watch)
{
	watch_list_add(watch);
	enum xenstore_result result = tell(XS_WATCH, watch);
	if (result != XENSTORE_OK)
		watch_list_remove(watch);
	return result;
}

void xenstore_unwatch(struct xenstore_watch *watch)
{
	watch_list_remove(watch);
	tell(XS_UNWATCH, watch);
}

/* Whatever it was about is another domain's now, or gone. */
void watches_resume(void)
{
	for (struct xenstore_watch *w = watch_list_first(); w; w = w->next) {
		tell(XS_WATCH, w);
		w->fired = true;
	}
}

void xenstore_poll(void)
{
	store_poll();
}

bool xenstore_wait(struct xenstore_watch *watch, uint64_t until_ns)
{
	store_poll();
	while (!watch->fired && store_wait(until_ns))
		;
	return watch->fired;
}
