// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Fires only while somebody listens; at SIGUSR1 it exits with its semaphore as status.
#define _SDT_HAS_SEMAPHORES 1
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/sdt.h>

SDT_DEFINE_SEMAPHORE(waits, enabled);

static volatile sig_atomic_t ended;

static void end(int number)
{
	ended = number;
}

int main(void)
{
	int round = 0;

	signal(SIGUSR1, end);
	puts("started");
	fflush(stdout);
	while (!ended) {
		if (SDT_IS_ENABLED(waits, enabled))
			DTRACE_PROBE1(waits, enabled, round++);
		usleep(1000);
	}
	return waits_enabled_semaphore;
}
