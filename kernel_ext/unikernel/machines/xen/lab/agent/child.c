#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

static int run(pid_t *pid, char **argv, const int pipes[3][2])
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	for (int number = 0; number < 3; number++)
		posix_spawn_file_actions_adddup2(&actions, pipes[number][number != 0],
						 number);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID |
						      POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETSIGDEF);
	int problem = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return problem;
}

static void close_pipes(int pipes[3][2])
{
	for (int number = 0; number < 3; number++)
		for (int end = 0; end < 2; end++)
			if (pipes[number][end] != NONE)
				close(pipes[number][end]);
}

static int open_pipes(int pipes[3][2])
{
	memset(pipes, NONE, sizeof(int[3][2]));
	for (int number = 0; number < 3; number++)
		if (pipe2(pipes[number], O_CLOEXEC))
			return errno;
	fcntl(pipes[0][1], F_SETFL, O_NONBLOCK);
	fcntl(pipes[1][0], F_SETFL, O_NONBLOCK);
	fcntl(pipes[2][0], F_SETFL, O_NONBLOCK);
	return 0;
}

int child_start(struct child *child, char **argv)
{
	int pipes[3][2];
	pid_t pid;
	int problem = open_pipes(pipes);
	if (!problem)
		problem = run(&pid, argv, (const int(*)[2])pipes);
	if (!problem) {
		*child = (struct child){pid, pipes[0][1], pipes[1][0], pipes[2][0]};
		pipes[0][1] = pipes[1][0] = pipes[2][0] = NONE;
	}
	close_pipes(pipes);
	return problem;
}
