/* Dom0's agent: what the lab's owner has done in dom0 is done by it, over one port.

       agent PORT                      serves a port ("-": stdin); the first process reaps
   orphans agent put PATH MODE             writes a file from stdin agent get PATH prints
   one agent await PATTERN MS          waits for a file and prints its name agent console
   DOMAIN            joins stdin and stdout with a domain's console agent plug BRIDGE MTU
   PATTERN MS  waits for an interface and puts it into a new bridge agent unplug BRIDGE
   takes the bridge away vif-bridge EVENT, block EVENT   what xl runs when a device's back
   end comes and goes

   It has no configuration and trusts its owner, who may do everything here anyway; what
   programs and domains say is passed on as bytes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include <poll.h>

#include "port.h"
#include "programs.h"
#include "tools.h"

enum { NOBODY_MS = 50 };

/* random(4). The header is Linux's, which the C library that this is built with does not
 * bring. */
#define RNDADDENTROPY _IOW('R', 0x03, int[2])
#define RNDRESEEDCRNG _IO('R', 0x07)

struct entropy {
	int bits, bytes;
	uint8_t seed[SEED_BYTES];
};

/* A dom0 that was restored has the time, and the random numbers, of when it was saved.
   Anything but the first process is somewhere else, whose clock is not ours. */
static void wake(const struct greeting *greeting)
{
	struct timespec now = {
		.tv_sec = (time_t)(greeting->time_ns / 1000000000u),
		.tv_nsec = (long)(greeting->time_ns % 1000000000u),
	};
	struct entropy entropy = {.bits = 8 * SEED_BYTES, .bytes = SEED_BYTES};
	int random = open("/dev/urandom", O_RDWR | O_CLOEXEC);
	memcpy(entropy.seed, greeting->seed, SEED_BYTES);
	if (clock_settime(CLOCK_REALTIME, &now) ||
	    ioctl(random, RNDADDENTROPY, &entropy) || ioctl(random, RNDRESEEDCRNG))
		give_up("dom0 takes no time, or no seed");
	close(random);
}

static void greet(const uint8_t *payload, size_t length)
{
	struct greeting greeting;
	if (length != sizeof greeting)
		give_up("the owner's greeting is none");
	memcpy(&greeting, payload, sizeof greeting);
	if (getpid() == 1)
		wake(&greeting);
	port_send(WELCOME, 0, greeting.token, sizeof greeting.token);
}

static uint32_t number(const struct frame *frame, const uint8_t *payload)
{
	uint32_t value;
	if (frame->length != sizeof value)
		give_up("the owner sent no number");
	memcpy(&value, payload, sizeof value);
	return value;
}

static void take(const struct frame *frame, const uint8_t *payload)
{
	switch (frame->kind) {
	case HELLO:
		return greet(payload, frame->length);
	case START:
		return programs_start(frame->channel, payload, frame->length);
	case INPUT:
		return programs_input(frame->channel, payload, frame->length);
	case END:
		return programs_end_input(frame->channel);
	case SIGNAL:
		return programs_signal(frame->channel, number(frame, payload));
	case CREDIT:
		return programs_credit(frame->channel, number(frame, payload));
	default:
		give_up("the owner sent an unknown frame");
	}
}

static int child_signals(void)
{
	sigset_t child;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void serve(int port, int children)
{
	static struct pollfd wanted[2 + PROGRAM_DESCRIPTORS * MOST_CHANNELS];
	struct signalfd_siginfo told;
	port_open(port);
	for (;;) {
		programs_pump();
		port_flush();
		wanted[0] = (struct pollfd){.fd = port, .events = port_events()};
		wanted[1] = (struct pollfd){.fd = children, .events = POLLIN};
		if (poll(wanted, 2 + programs_poll(wanted + 2), -1) < 0 && errno != EINTR)
			give_up("poll failed");
		if (wanted[1].revents) {
			while (read(children, &told, sizeof told) > 0)
				;
			programs_reap();
		}
		if (port_receive(take))
			continue;
		programs_kill_all();
		port_flush();
		if (getpid() != 1)
			exit(0);
		poll(NULL, 0, NOBODY_MS); /* an owner may come */
	}
}

static const struct {
	const char *name;
	int words;
	tool *run;
} tools[] = {
	{"put", 2, tool_put},	     {"get", 1, tool_get},
	{"await", 2, tool_await},    {"console", 1, tool_console},
	{"plug", 4, tool_plug},	     {"unplug", 1, tool_unplug},
	{"vif-bridge", 1, tool_vif}, {"block", 1, tool_block},
};

/* Runs the tool of a name, if there is one that takes as many words. */
static void run_tool(const char *name, int count, char **words)
{
	for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
		if (!strcmp(tools[i].name, name) && count >= tools[i].words)
			exit(tools[i].run(words));
}

int main(int argc, char **argv)
{
	run_tool(basename(argv[0]), argc - 1, argv + 1);
	if (argc > 2)
		run_tool(argv[1], argc - 2, argv + 2);
	if (argc != 2)
		give_up("unknown words");
	int port =
		strcmp(argv[1], "-") ? open(argv[1], O_RDWR | O_CLOEXEC) : STDIN_FILENO;
	if (port < 0 || fcntl(port, F_SETFL, O_RDWR | O_NONBLOCK))
		give_up("there is no port");
	serve(port, child_signals());
}
