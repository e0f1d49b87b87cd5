/* SPDX-License-Identifier: ISC */
/* watch_list.h: the watches that are set, by their tokens: numbers never used twice, so
 * that an event of one that is gone finds nobody. */
#ifndef WATCH_LIST_H
#define WATCH_LIST_H

#include "xen/xenstore.h"

/* Gives the watch its token and puts it in. */
void watch_list_add(struct xenstore_watch *watch);
void watch_list_remove(const struct xenstore_watch *watch);

/* The first; others follow by `next`. */
struct xenstore_watch *watch_list_first(void);

/* An event with this token came. */
void watch_list_event(uint32_t token, const char *path);

/* Whether a watch fired since this was asked last: any request may bring events of others
 * along, and who waits for them must not sleep. */
bool watch_list_take_news(void);

#endif
