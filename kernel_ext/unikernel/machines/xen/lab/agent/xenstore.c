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

enum { XS_READ = 2, XS_WATCH = 4, XS_WATCH_EVENT = 15, XENSTORE_PAYLOAD_MAX = 4096 };

static const char PLACE[] = "/run/xenstored/socket";
static const char TOKEN[] = "agent";

struct message {
	uint32_t type, request, transaction, length;
	char payload[XENSTORE_PAYLOAD_MAX + 1];
};

static int connect_to(const char *place)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	strncpy(address.sun_path, place, sizeof address.sun_path - 1);
	int store = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (store >= 0 && !connect(store, (struct sockaddr *)&address, sizeof address))
		return store;
	close(store);
	return -1;
}

static bool ask(int store, uint32_t type, const char *path, const char *token)
{
	struct message message = {.type = type};
	size_t first = strlen(path) + 1, second = token ? strlen(token) + 1 : 0;
	if (first + second > XENSTORE_PAYLOAD_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(message.payload, path, first);
	memcpy(message.payload + first, token ? token : "", second);
	message.length = (uint32_t)(first + second);
	return write_all(store, &message,
			 offsetof(struct message, payload) + message.length);
}

static bool take(int store, void *data, size_t length, uint64_t deadline_ns)
{
	char *next = data;
	while (length) {
		uint64_t now_ns = monotonic_ns();
		int left_ms = now_ns < deadline_ns
				      ? (int)((deadline_ns - now_ns) / 1000000)
				      : 0;
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

static bool receive(int store, struct message *message, uint64_t deadline_ns)
{
	if (!take(store, message, offsetof(struct message, payload), deadline_ns))
		return false;
	if (message->length > XENSTORE_PAYLOAD_MAX) {
		errno = EPROTO;
		return false;
	}
	message->payload[message->length] = 0;
	return take(store, message->payload, message->length, deadline_ns);
}

static bool await(int store, const char *path, char *value, size_t size, int limit_ms)
{
	uint64_t deadline_ns = monotonic_ns() + (uint64_t)limit_ms * 1000000;
	struct message message;
	if (!ask(store, XS_WATCH, path, TOKEN))
		return false;
	while (receive(store, &message, deadline_ns)) {
		if (message.type == XS_WATCH_EVENT && !ask(store, XS_READ, path, NULL))
			return false;
		if (message.type != XS_READ || !message.length)
			continue; /* an answer to the watch, or there is no such path yet
				   */
		if (message.length >= size) {
			errno = EMSGSIZE;
			return false;
		}
		memcpy(value, message.payload, message.length + 1);
		return true;
	}
	return false;
}

bool xenstore_await(const char *path, char *value, size_t size, int limit_ms)
{
	int store = connect_to(PLACE);
	if (store < 0)
		return false;
	bool found = await(store, path, value, size, limit_ms);
	int problem = errno;
	close(store);
	errno = problem;
	return found;
}
