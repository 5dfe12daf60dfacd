/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cost.c - what a command costs: runs it N times with its output thrown away
 * and prints the least CPU seconds, the least wall seconds, and the greatest
 * resident set in KiB. usage: cost N COMMAND [ARG...]
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int run(char **argv, double *cpu, double *wall, long *rss)
{
	double start = now();
	struct rusage u;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int fd = open("/dev/null", O_WRONLY);

		dup2(fd, STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &u) != pid || status != 0)
		return 0;
	*wall = now() - start;
	*cpu = seconds(u.ru_utime) + seconds(u.ru_stime);
	*rss = u.ru_maxrss;
	return 1;
}

int main(int argc, char **argv)
{
	double cpu = 1e9, wall = 1e9;
	long rss = 0;

	for (int i = argc > 2 ? atoi(argv[1]) : 0; i > 0; i--) {
		double c, w;
		long m;

		if (!run(argv + 2, &c, &w, &m)) {
			fprintf(stderr, "cost: %s failed\n", argv[2]);
			return 4;
		}
		cpu = c < cpu ? c : cpu;
		wall = w < wall ? w : wall;
		rss = m > rss ? m : rss;
	}
	printf("%.4f %.4f %ld\n", cpu, wall, rss);
	return 0;
}
