/* Xenstore's protocol over the socket of its daemon: xen/include/public/io/xs_wire.h and
   docs/misc/xenstore.txt. A watch tells of its path once when it is set, so the value
   that is there already is found in the same way as one that comes. */
#include "xenstore.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "port.h"
#include "tools.h"

enum {
	XS_READ = 2,
	XS_WATCH = 4,
	XS_WRITE = 11,
	XS_WATCH_EVENT = 15,
	XS_ERROR = 16,
	XENSTORE_PAYLOAD_MAX = 4096,
	ANSWER_MS = 10000,
};

static const char PLACE[] = "/run/xenstored/socket";
static const char TOKEN[] = "agent";

struct message {
	uint32_t type, request, transaction, length;
	char payload[XENSTORE_PAYLOAD_MAX + 1];
};

int xenstore_connect(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, PLACE, sizeof PLACE);
	int store = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (store < 0 || !connect(store, (struct sockaddr *)&address, sizeof address))
		return store;
	close(store);
	return -1;
}

/* Sends a path and, behind its zero byte, `length` bytes more. */
static bool ask(int store, uint32_t type, const char *path, const char *more,
		size_t length)
{
	struct message message = {.type = type};
	size_t first = strlen(path) + 1;
	if (first + length > XENSTORE_PAYLOAD_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(message.payload, path, first);
	memcpy(message.payload + first, more, length);
	message.length = (uint32_t)(first + length);
	return write_all(store, &message,
			 offsetof(struct message, payload) + message.length);
}

static uint64_t deadline_ns(int limit_ms)
{
	return monotonic_ns() + (uint64_t)limit_ms * 1000000;
}

static bool take(int store, void *data, size_t length, uint64_t until_ns)
{
	char *next = data;
	while (length) {
		uint64_t now_ns = monotonic_ns();
		int left_ms =
			now_ns < until_ns ? (int)((until_ns - now_ns) / 1000000) : 0;
		struct pollfd wanted = {.fd = store, .events = POLLIN};
		if (poll(&wanted, 1, left_ms) == 0) {
			errno = ETIMEDOUT;
			return false;
		}
		ssize_t got = read(store, next, length);
		if (got <= 0)
			return false;
		next += got;
		length -= (size_t)got;
	}
	return true;
}

static bool receive(int store, struct message *message, uint64_t until_ns)
{
	if (!take(store, message, offsetof(struct message, payload), until_ns))
		return false;
	if (message->length > XENSTORE_PAYLOAD_MAX) {
		errno = EPROTO;
		return false;
	}
	message->payload[message->length] = 0;
	return take(store, message->payload, message->length, until_ns);
}

static bool copy_value(const struct message *message, char *value, size_t size)
{
	if (message->length >= size) {
		errno = EMSGSIZE;
		return false;
	}
	memcpy(value, message->payload, message->length + 1);
	return true;
}

/* Receives the answer to a request; an error's name says that there is none. */
static bool answer(int store, uint32_t type, struct message *message)
{
	if (!receive(store, message, deadline_ns(ANSWER_MS)))
		return false;
	errno = message->type == XS_ERROR ? ENOENT : EPROTO;
	return message->type == type;
}

bool xenstore_read(int store, const char *path, char *value, size_t size)
{
	struct message message;
	return ask(store, XS_READ, path, "", 0) && answer(store, XS_READ, &message) &&
	       copy_value(&message, value, size);
}

bool xenstore_write(int store, const char *path, const char *value)
{
	struct message message;
	return ask(store, XS_WRITE, path, value, strlen(value)) &&
	       answer(store, XS_WRITE, &message);
}

bool xenstore_await(int store, const char *path, char *value, size_t size, int limit_ms)
{
	uint64_t until_ns = deadline_ns(limit_ms);
	struct message message;
	if (!ask(store, XS_WATCH, path, TOKEN, sizeof TOKEN))
		return false;
	while (receive(store, &message, until_ns)) {
		if (message.type == XS_WATCH_EVENT && !ask(store, XS_READ, path, "", 0))
			return false;
		/* Anything else answers the watch, or says that there is no such path
		 * yet. */
		if (message.type == XS_READ && message.length)
			return copy_value(&message, value, size);
	}
	return false;
}
