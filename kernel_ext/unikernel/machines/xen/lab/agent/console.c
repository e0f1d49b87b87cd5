/* A domain's console: the pseudo terminal whose other end xenconsoled has
   (docs/misc/console.txt).

   Both directions wait for each other's reader: what is not taken from us stays in the
   terminal, then in xenconsoled, then in the domain's ring, and at last the domain waits.
 */
#include "tools.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "xenstore.h"

enum { CHUNK = 4096, FIRST_WAIT_MS = 10000 };

/* Bytes on their way in one direction. */
struct flow {
	int from, to;
	size_t begin, end;
	char bytes[CHUNK];
};

static int open_terminal(const char *domain)
{
	char path[64], name[256];
	struct termios raw;
	snprintf(path, sizeof path, "/local/domain/%s/console/tty", domain);
	int store = xenstore_connect();
	bool found = store >= 0 &&
		     xenstore_await(store, path, name, sizeof name, FIRST_WAIT_MS);
	int problem = errno;
	close(store);
	errno = problem;
	if (!found)
		return -1;
	int terminal = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (terminal < 0 || tcgetattr(terminal, &raw))
		return terminal;
	cfmakeraw(&raw); /* the domain's bytes as they are, and no echo back to it */
	tcsetattr(terminal, TCSANOW, &raw);
	return terminal;
}

/* Moves what can be moved without waiting; false at the end of `from`, or of `to`'s
 * reader. */
static bool move(struct flow *flow)
{
	if (flow->begin == flow->end) {
		ssize_t got = read(flow->from, flow->bytes, sizeof flow->bytes);
		if (got <= 0)
			return got < 0 && (errno == EAGAIN || errno == EINTR);
		flow->begin = 0;
		flow->end = (size_t)got;
	}
	ssize_t sent =
		write(flow->to, flow->bytes + flow->begin, flow->end - flow->begin);
	if (sent < 0)
		return errno == EAGAIN || errno == EINTR;
	flow->begin += (size_t)sent;
	return true;
}

static struct pollfd wanted(const struct flow *flow)
{
	bool loaded = flow->begin < flow->end;
	return (struct pollfd){.fd = loaded ? flow->to : flow->from,
			       .events = loaded ? POLLOUT : POLLIN};
}

int tool_console(char **words)
{
	int terminal = open_terminal(words[0]);
	if (terminal < 0)
		return failed("the console");
	struct flow typed = {.from = STDIN_FILENO, .to = terminal};
	struct flow said = {.from = terminal, .to = STDOUT_FILENO};
	fputs("attached\n", stderr); /* the owner waits for it */
	fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK);
	for (bool typing = true;;) {
		struct pollfd both[2] = {wanted(&said), wanted(&typed)};
		if (poll(both, typing ? 2 : 1, -1) < 0 && errno != EINTR)
			return failed("the console");
		if (typing && both[1].revents)
			typing = move(&typed);
		if (both[0].revents && !move(&said))
			return 0;
	}
}
