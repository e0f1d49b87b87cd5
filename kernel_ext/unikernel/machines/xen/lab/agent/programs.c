/* A program's life: its three pipes and its process end in any order.

   EXIT is sent when the process has been reaped and its output is passed on: all of it
   where the pipes have ended, else all that was in them then, since a daemon may have
   inherited them.

   Nothing here grows: stdin waits in a ring as large as the owner's window, output stays
   in the pipe until there is credit and room for it. Each turn takes one frame of a
   stream at most, so a flood on one channel delays the others by a frame each. */
#include "programs.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port.h"
#include "child.h"

enum { MOST_WORDS = 512 };

struct program {
	pid_t pid; /* 0: none */
	uint32_t channel;
	int in, out, errors; /* our ends, NONE when closed */
	bool reaped, started_told, input_ended;
	int32_t status;
	uint32_t credit; /* bytes that it may still say */
	uint32_t taken;	 /* of stdin, not yet told */
	size_t head, waiting;
	uint8_t *ring; /* WINDOW bytes */
};

static struct program programs[MOST_CHANNELS];
static uint8_t rings[MOST_CHANNELS][WINDOW]; /* pages that are not used take no memory */

static struct program *find(uint32_t channel)
{
	for (struct program *p = programs; p < programs + MOST_CHANNELS; p++)
		if (p->pid && p->channel == channel)
			return p;
	return NULL;
}

static struct program *unused(void)
{
	for (struct program *p = programs; p < programs + MOST_CHANNELS; p++)
		if (!p->pid)
			return p;
	return NULL;
}

static void close_end(int *end)
{
	if (*end != NONE)
		close(*end);
	*end = NONE;
}

static int split(const uint8_t *words, size_t length, char **argv)
{
	int count = 0;
	if (!length || words[length - 1])
		return EINVAL;
	for (size_t at = 0; at < length; at += strlen(argv[count - 1]) + 1) {
		if (count == MOST_WORDS)
			return E2BIG;
		argv[count++] = (char *)words + at;
	}
	argv[count] = NULL;
	return 0;
}

static int begin(struct program *p, uint32_t channel, char **argv)
{
	struct child child;
	int problem = child_start(&child, argv);
	if (problem)
		return problem;
	*p = (struct program){
		.pid = child.pid,
		.channel = channel,
		.in = child.in,
		.out = child.out,
		.errors = child.errors,
		.credit = WINDOW,
		.ring = rings[p - programs],
	};
	return 0;
}

void programs_start(uint32_t channel, const uint8_t *words, size_t length)
{
	char *argv[MOST_WORDS + 1];
	struct program *p = unused();
	int problem = !p || find(channel) ? EAGAIN : split(words, length, argv);
	if (!problem)
		problem = begin(p, channel, argv);
	uint32_t number = (uint32_t)problem;
	port_send(problem ? FAILED : STARTED, channel, &number, sizeof number);
}

void programs_input(uint32_t channel, const uint8_t *data, size_t length)
{
	struct program *p = find(channel);
	if (!p || p->input_ended)
		return; /* it ended meanwhile */
	if (length > WINDOW - p->waiting)
		give_up("the owner sent more than its window");
	size_t tail = (p->head + p->waiting) % WINDOW;
	size_t first = length < WINDOW - tail ? length : WINDOW - tail;
	memcpy(p->ring + tail, data, first);
	memcpy(p->ring, data + first, length - first);
	p->waiting += length;
}

void programs_end_input(uint32_t channel)
{
	struct program *p = find(channel);
	if (p)
		p->input_ended = true;
}

void programs_signal(uint32_t channel, uint32_t number)
{
	struct program *p = find(channel);
	if (p && !p->reaped && number && number < NSIG)
		kill(-p->pid, (int)number); /* its session's first process group */
}

void programs_credit(uint32_t channel, uint32_t bytes)
{
	struct program *p = find(channel);
	if (p && bytes > WINDOW - p->credit)
		give_up("the owner took more than was sent");
	if (p)
		p->credit += bytes;
}

static void take_input(struct program *p, size_t length)
{
	p->head = (p->head + length) % WINDOW;
	p->waiting -= length;
	p->taken += (uint32_t)length;
}

static void pump_input(struct program *p)
{
	while (p->waiting && p->in != NONE) {
		size_t whole = WINDOW - p->head;
		ssize_t sent = write(p->in, p->ring + p->head,
				     p->waiting < whole ? p->waiting : whole);
		if (sent < 0 && errno == EAGAIN)
			break;
		if (sent < 0)
			close_end(&p->in); /* it reads no more */
		else
			take_input(p, (size_t)sent);
	}
	if (p->in == NONE)
		take_input(p, p->waiting);
	if (p->input_ended && !p->waiting)
		close_end(&p->in);
	if (p->taken && (p->taken > WINDOW / 4 || !p->waiting) && port_has_room(false)) {
		port_send(CREDIT, p->channel, &p->taken, sizeof p->taken);
		p->taken = 0;
	}
}

/* Passes on one frame of a stream; returns whether there may be more of it now. */
static bool pump_output(struct program *p, int *end, enum kind kind)
{
	if (*end == NONE)
		return false;
	if (!p->credit || !port_has_room(true))
		return true;
	size_t most = p->credit < MOST_PAYLOAD ? p->credit : MOST_PAYLOAD;
	ssize_t got = read(*end, port_payload(), most);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got <= 0) {
		close_end(end);
		return false;
	}
	port_send(kind, p->channel, port_payload(), (size_t)got);
	p->credit -= (uint32_t)got;
	return true;
}

static void tell_end(struct program *p)
{
	if (!port_has_room(false))
		return;
	port_send(EXIT, p->channel, &p->status, sizeof p->status);
	close_end(&p->in);
	close_end(&p->out);
	close_end(&p->errors);
	p->pid = 0;
}

void programs_pump(void)
{
	static unsigned turn; /* who is first changes, as room may not suffice for all */
	turn++;
	for (unsigned i = 0; i < MOST_CHANNELS; i++) {
		struct program *p = &programs[(i + turn) % MOST_CHANNELS];
		if (!p->pid)
			continue;
		bool ended = p->reaped; /* before its pipes are found empty */
		pump_input(p);
		bool more = pump_output(p, &p->out, OUTPUT);
		more |= pump_output(p, &p->errors, ERRORS);
		if (ended && !more)
			tell_end(p);
	}
}

size_t programs_poll(struct pollfd *wanted)
{
	struct pollfd *next = wanted;
	bool room = port_has_room(true);
	for (struct program *p = programs; p < programs + MOST_CHANNELS; p++) {
		if (!p->pid)
			continue;
		if (p->waiting && p->in != NONE)
			*next++ = (struct pollfd){.fd = p->in, .events = POLLOUT};
		if (!room || !p->credit)
			continue;
		if (p->out != NONE)
			*next++ = (struct pollfd){.fd = p->out, .events = POLLIN};
		if (p->errors != NONE)
			*next++ = (struct pollfd){.fd = p->errors, .events = POLLIN};
	}
	return (size_t)(next - wanted);
}

void programs_reap(void)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (struct program *p = programs; p < programs + MOST_CHANNELS; p++)
			if (p->pid == pid && !p->reaped) {
				p->reaped = true;
				p->status = WIFSIGNALED(status) ? -WTERMSIG(status)
								: WEXITSTATUS(status);
			}
}

void programs_kill_all(void)
{
	for (struct program *p = programs; p < programs + MOST_CHANNELS; p++)
		if (p->pid && !p->reaped)
			kill(-p->pid, SIGKILL);
}
