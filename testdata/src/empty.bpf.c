// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// tests: nothing but a licence
// endian: little big
#include "small.h"

char LICENSE[] SEC("license") = "GPL";
