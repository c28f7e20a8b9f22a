/*
 * tsbpf's native addon: a system call trampoline for JavaScript that knows no BPF. README.md is its contract. One
 * translation unit, linked against nothing: what is declared here comes from the process that loads it.
 */
#define NAPI_VERSION 8
#include <node_api.h>

void *malloc(size_t size), *calloc(size_t count, size_t size);
void free(void *block);
void *memcpy(void *restrict to, const void *restrict from, size_t length), *memset(void *block, int byte, size_t length);
int memcmp(const void *a, const void *b, size_t length);
/* pthread_t is an unsigned long (glibc) or a pointer (musl): one register either way. */
int pthread_create(unsigned long *thread, const void *attributes, void *(*body)(void *), void *argument);
int pthread_join(unsigned long thread, void **result);

enum { EINTR = 4, ENOMEM = 12, EBUSY = 16, EINVAL = 22, ENOTSUP = 95 }; /* asm-generic/errno.h */

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
  NR_RT_SIGPROCMASK = NR(14, 135), NR_EPOLL_PWAIT = NR(281, 22),
};

/* NULL and false at once, for `return throw_…`. */
#define throw_type(env, text) (napi_throw_type_error(env, "TSBPF_NATIVE", text), NULL)
#define throw_range(env, text) (napi_throw_range_error(env, "TSBPF_NATIVE", text), NULL)

static bool read_integer(napi_env env, napi_value value, int64_t *result) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok) return throw_type(env, "expected a number");
  /* 2^53: beyond it a double no longer says which integer was meant. The comparison is false for NaN. */
  if (!(number >= -0x1p53 && number <= 0x1p53) || (double)(int64_t)number != number)
    return throw_range(env, "expected an integer of at most 2^53 in magnitude");
  *result = (int64_t)number;
  return true;
}

/* The first `integers` values are read as such; what is missing is undefined, which nothing takes. */
static bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values, size_t integers,
                           int64_t *integer) {
  if (napi_get_cb_info(env, info, &count, values, NULL, NULL) != napi_ok) return false;
  for (size_t i = 0; i < integers; i++)
    if (!read_integer(env, values[i], &integer[i])) return false;
  return true;
}

static napi_value number_of(napi_env env, int64_t value) {
  napi_value result = NULL;
  napi_create_int64(env, value, &result);
  return result;
}

/* Left open: 4 to 8, 11 and 31, which are faults of the thread itself, and 32 to 34 of the C libraries (README.md). */
static uint64_t set_signals(int how, uint64_t set) {
  uint64_t before = 0;
  raw_syscall(NR_RT_SIGPROCMASK, how, (long)&set, (long)&before, sizeof set, 0, 0);
  return before;
}
#define block_signals() set_signals(0 /* SIG_BLOCK; bit n-1 is signal n */, ~(0x1full << 3 | 1ull << 10 | 0xfull << 30))
#define restore_signals(mask) set_signals(2 /* SIG_SETMASK */, mask)

#include "mapping.c"
#include "call.c"
#include "watch.c"

NAPI_MODULE_INIT() {
  static const napi_property_descriptor functions[] = {
      {.utf8name = "syscall", .method = call_now},         {.utf8name = "syscallAsync", .method = call_later},
      {.utf8name = "mmap", .method = mapping_map},         {.utf8name = "munmap", .method = mapping_unmap},
      {.utf8name = "loadAcquire", .method = mapping_load}, {.utf8name = "storeRelease", .method = mapping_store},
      {.utf8name = "watch", .method = watch_start},        {.utf8name = "control", .method = watch_control},
  };
  const size_t count = sizeof functions / sizeof *functions;
  return watches_init(env) && napi_define_properties(env, exports, count, functions) == napi_ok ? exports : NULL;
}
