/* SPDX-License-Identifier: ISC */
/* control/shutdown says what is wanted; that it was read is said by emptying it (xen:
 * docs/misc/xenstore-paths.pandoc). A request that is not known here is left as it is:
 * who asked sees that nobody took it. */
#include "requests.h"
#include "common/memory_functions.h"
#include "exit.h"
#include "suspend.h"
#include "xen/xenstore.h"

#include <sched.h>

#define PATH "control/shutdown"
#define WORD_SIZE 16
#define TRIES 8

enum request { NONE, POWEROFF, HALT, REBOOT, SUSPEND };

static struct xenstore_watch watch = {.path = PATH};
static request_told_t told;

static enum request meaning(const char *word)
{
	static const char *const words[] = {"", "poweroff", "halt", "reboot", "suspend"};
	for (unsigned i = SUSPEND; i > NONE; i--)
		if (!memcmp(word, words[i], text_length(words[i]) + 1))
			return (enum request)i;
	return NONE;
}

static enum request read_request(xenstore_transaction_t transaction)
{
	char word[WORD_SIZE] = "";
	if (xenstore_read(transaction, PATH, word, sizeof word, 0) != XENSTORE_OK)
		return NONE;
	return meaning(word);
}

/* Reads it and says so at once: the toolstack may take a request back. */
static enum request take_request(void)
{
	for (unsigned i = 0; i < TRIES; i++) {
		xenstore_transaction_t transaction;
		if (xenstore_begin(&transaction) != XENSTORE_OK)
			return NONE;
		enum request request = read_request(transaction);
		bool commit = request != NONE &&
			      xenstore_write(transaction, PATH, "", 0) == XENSTORE_OK;
		enum xenstore_result result = xenstore_end(transaction, commit);
		if (result != XENSTORE_AGAIN)
			return commit && result == XENSTORE_OK ? request : NONE;
	}
	return NONE;
}

void requests_listen(void)
{
	xenstore_watch(&watch); /* without a store nobody can ask for anything */
}

void requests_tell(request_told_t program)
{
	told = program;
}

static void end(unsigned reason, const char *why)
{
	if (!told || !told(reason))
		domain_end(reason, why);
}

void requests_attend(void)
{
	xenstore_poll();
	if (!watch.fired)
		return;
	watch.fired = false;
	if (read_request(XENSTORE_NO_TRANSACTION) == NONE)
		return;
	switch (take_request()) {
	case NONE:
		break;
	case POWEROFF:
	case HALT:
		end(SHUTDOWN_poweroff, "the toolstack asked for a shutdown");
		break;
	case REBOOT:
		end(SHUTDOWN_reboot, "the toolstack asked for a reboot");
		break;
	case SUSPEND:
		domain_suspend();
	}
}
