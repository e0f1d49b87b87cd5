/* SPDX-License-Identifier: ISC */
#include "watch_list.h"

static struct xenstore_watch *first;
static bool news;

void watch_list_add(struct xenstore_watch *watch)
{
	static uint32_t tokens;
	watch->token = ++tokens;
	watch->fired = false;
	watch->next = first;
	first = watch;
}

void watch_list_remove(const struct xenstore_watch *watch)
{
	for (struct xenstore_watch **at = &first; *at; at = &(*at)->next)
		if (*at == watch) {
			*at = watch->next;
			return;
		}
}

struct xenstore_watch *watch_list_first(void)
{
	return first;
}

void watch_list_event(uint32_t token, const char *path)
{
	struct xenstore_watch *watch = first;
	while (watch && watch->token != token)
		watch = watch->next;
	if (!watch)
		return;
	watch->fired = true;
	news = true;
	if (watch->changed)
		watch->changed(watch, path);
}

bool watch_list_take_news(void)
{
	bool some = news;
	news = false;
	return some;
}
