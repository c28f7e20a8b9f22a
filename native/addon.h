/*
 * tsbpf's native addon: a system call trampoline for JavaScript that knows no BPF. README.md is its contract.
 *
 * It needs no libc headers and links against nothing: the few functions below and Node-API itself are resolved
 * from the process that loads it, so one binary per CPU serves glibc and musl hosts alike.
 */
#pragma once
#define NAPI_VERSION 8
#include <node_api.h>

/* From the host process; unversioned references bind on every glibc since 2.17 and on musl. */
void *malloc(size_t size), *calloc(size_t count, size_t size);
void free(void *block);
void *memcpy(void *restrict to, const void *restrict from, size_t length), *memset(void *block, int byte, size_t length);
int memcmp(const void *a, const void *b, size_t length);
/* pthread_t is an unsigned long (glibc) or a pointer (musl): one register either way. */
int pthread_create(unsigned long *thread, const void *attributes, void *(*body)(void *), void *argument);
int pthread_join(unsigned long thread, void **result);

/* asm-generic/errno.h */
enum { EINTR = 4, ENOMEM = 12, EBUSY = 16, EINVAL = 22, ENOTSUP = 95 };

#if defined(__x86_64__)
#define NR(x86, arm64) x86
static inline long raw_syscall(long nr, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
#define NR(x86, arm64) arm64
static inline long raw_syscall(long nr, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = nr, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
  return x0;
}
#else
#error "expected x86-64 or arm64"
#endif

/* asm/unistd_64.h (x86-64), asm-generic/unistd.h (arm64): what the addon itself calls. */
enum {
  NR_READ = NR(0, 63), NR_WRITE = NR(1, 64), NR_CLOSE = NR(3, 57), NR_MMAP = NR(9, 222), NR_MUNMAP = NR(11, 215),
  NR_RT_SIGPROCMASK = NR(14, 135), NR_EPOLL_CTL = NR(233, 21), NR_EPOLL_PWAIT = NR(281, 22), NR_EVENTFD2 = NR(290, 19),
};

/* Per environment: each worker thread that loads the addon has its own. */
struct state {
  napi_env env;
  uint32_t references; /* the environment, each mapping, job, libuv handle and threadsafe function */
  bool lock;           /* guards `mappings`: Deno may run finalizers on a garbage collector's thread */
  struct mapping *mappings;
  struct watch *watches;
  int64_t last_watch;
  uint32_t open_handles; /* of libuv */
  bool ending, hooked;
  napi_async_cleanup_hook_handle hook; /* NULL until the first watch in the loop */
};

/* NULL and false at once, for `return throw_…`. */
#define throw_type(env, text) (napi_throw_type_error(env, "TSBPF_NATIVE", text), NULL)
#define throw_range(env, text) (napi_throw_range_error(env, "TSBPF_NATIVE", text), NULL)
