// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Something to look at: serves a request five times a second, or says so. The probe costs one nop until it is attached. */
#include <stdio.h>
#include <sys/sdt.h>
#include <unistd.h>

int main(void)
{
	static const char *const paths[] = { "/", "/login", "/images/cat.png" };

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int request = 1;; request++) {
		const char *path = paths[request % 3];

		usleep(200 * 1000);
		DTRACE_PROBE3(app, request, request, path, 100 + request % 7);
		printf("served request %d\n", request);
	}
}
