/* The module: its functions, its per-environment state, and how numbers are read. One translation unit. */
#include "addon.h"

static void state_hold(struct state *state) { __atomic_add_fetch(&state->references, 1, __ATOMIC_RELAXED); }

static void state_release(struct state *state) {
  if (__atomic_sub_fetch(&state->references, 1, __ATOMIC_ACQ_REL) == 0) free(state);
}

/* As a finalizer. */
static void state_gone(napi_env env, void *state, void *hint) {
  (void)env, (void)hint;
  state_release(state);
}

static bool read_integer(napi_env env, napi_value value, int64_t *result) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok) return throw_type(env, "expected a number");
  /* 2^53: beyond it a double no longer says which integer was meant. The comparison is false for NaN. */
  if (!(number >= -0x1p53 && number <= 0x1p53) || (double)(int64_t)number != number)
    return throw_range(env, "expected an integer of at most 2^53 in magnitude");
  *result = (int64_t)number;
  return true;
}

/* The first `integers` values are read as such. */
static bool read_arguments(napi_env env, napi_callback_info info, struct state **state, size_t count, napi_value *values,
                           size_t integers, int64_t *integer) {
  size_t given = count;
  if (napi_get_cb_info(env, info, &given, values, NULL, (void **)state) != napi_ok) return false;
  if (given < count) return throw_type(env, "expected more arguments");
  for (size_t i = 0; i < integers; i++)
    if (!read_integer(env, values[i], &integer[i])) return false;
  return true;
}

static napi_value number_of(napi_env env, int64_t value) {
  napi_value result = NULL;
  /* An int32 is a small integer for the engines, an int64 a heap number. */
  if (value == (int32_t)value) napi_create_int32(env, (int32_t)value, &result);
  else napi_create_int64(env, value, &result);
  return result;
}

/*
 * Keeps the signals that only interrupt (SIGPROF of a profiler, SIGINT, …) away from the calling thread. Left open:
 * what reports a fault of the thread itself (SIGILL 4, SIGTRAP 5, SIGABRT 6, SIGBUS 7, SIGFPE 8, SIGSEGV 11,
 * SIGSYS 31) and what the C libraries use between threads (32 to 34: setuid() waits for every thread to answer one).
 * Bit n-1 is signal n.
 */
static uint64_t set_signals(int how, uint64_t set) {
  uint64_t before = 0;
  raw_syscall(NR_RT_SIGPROCMASK, how, (long)&set, (long)&before, sizeof set, 0, 0);
  return before;
}
#define block_signals() set_signals(0 /* SIG_BLOCK */, ~(0x1full << 3 | 1ull << 10 | 0xfull << 30))
#define restore_signals(mask) set_signals(2 /* SIG_SETMASK */, mask)

#include "mapping.c"
#include "call.c"
#include "watch.c"

#define EXPORT __attribute__((visibility("default")))
EXPORT int32_t node_api_module_get_api_version_v1(void) { return NAPI_VERSION; }

EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  static const struct {
    const char *name;
    napi_callback body;
  } functions[] = {
      {"syscall", call_now},      {"syscallAsync", call_later},        {"mmap", mapping_map},
      {"munmap", mapping_unmap},  {"loadAcquire", mapping_load},       {"storeRelease", mapping_store},
      {"watch", watch_start},     {"control", watch_control},
  };
  struct state *state = calloc(1, sizeof *state);
  if (state == NULL) return NULL;
  state->env = env;
  state->references = 1;
  if (napi_set_instance_data(env, state, state_gone, NULL) != napi_ok) return free(state), NULL;
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].body, state, &function) != napi_ok ||
        napi_set_named_property(env, exports, functions[i].name, function) != napi_ok)
      return NULL;
  }
  return exports;
}
