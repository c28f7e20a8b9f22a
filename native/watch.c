/* Waiting for fds, in the loop or by a thread; README.md says why there are two ways. Included by addon.c. */
enum { EPOLLIN = 1, UV_READABLE = 1, UV_POLL = 8 /* uv_handle_type */, BATCH = 64 };

/* uv.h, as far as used. Weak: the dynamic linker leaves NULL where the host has none. A handle starts with `data`. */
#define WEAK __attribute__((weak))
WEAK size_t uv_handle_size(int type);
WEAK int uv_poll_init(struct uv_loop_s *loop, void **handle, int fd);
WEAK int uv_poll_start(void **handle, int events, void (*callback)(void **handle, int status, int events));
WEAK int uv_poll_stop(void **handle);
WEAK void uv_close(void **handle, void (*callback)(void **handle));
WEAK void uv_ref(void **handle);
WEAK void uv_unref(void **handle);

struct epoll_event {
  uint32_t events;
  uint64_t data;
} __attribute__((packed, aligned(NR(4, 8)))); /* linux/eventpoll.h: EPOLL_PACKED, on x86-64 only */

struct watch {
  struct watch *next;
  struct state *state;
  int64_t id;
  napi_ref callback;
  void **handle; /* the uv_poll_t, or NULL: a thread's */
  int64_t fd, wake; /* closed with the watch; `wake`: JavaScript is done with a batch, or the thread shall end */
  napi_threadsafe_function function;
  unsigned long thread;
  bool stop;
  long count; /* of `ready` */
  struct epoll_event ready[BATCH]; /* the thread's, and JavaScript's from its call to the write to `wake` */
};

/* Per environment: each worker thread that loads the addon has its own. */
struct state {
  napi_env env;
  struct watch *watches;
  int64_t last_watch;
  uint32_t open_handles; /* of libuv */
  bool ending;
  napi_async_cleanup_hook_handle hook; /* NULL until the first watch in the loop */
};

static struct watch **watch_link(struct state *state, int64_t id) {
  struct watch **link = &state->watches;
  while (*link != NULL && (*link)->id != id) link = &(*link)->next;
  return link;
}

/* The callback may stop this watch or any other: nothing of it is touched afterwards. */
static void watch_call(struct watch *watch, uint32_t key, int64_t events) {
  napi_env env = watch->state->env;
  napi_handle_scope scope;
  napi_value global, function, ignored;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value arguments[] = {number_of(env, events), number_of(env, key)};
  /* Unlike call_function this runs the microtasks, too, where nobody else does: libuv calls from the bare loop. */
  if (napi_get_global(env, &global) == napi_ok && napi_get_reference_value(env, watch->callback, &function) == napi_ok &&
      napi_make_callback(env, NULL, global, function, 2, arguments, &ignored) == napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &ignored) == napi_ok)
    napi_fatal_exception(env, ignored); /* "uncaughtException" */
  napi_close_handle_scope(env, scope);
}

static void loop_event(void **handle, int status, int events) {
  watch_call(*handle, 0, status < 0 ? status : events & UV_READABLE ? EPOLLIN : 0);
}

static void loop_closed(void **handle) {
  struct state *state = *handle;
  free(handle);
  if (--state->open_handles == 0 && state->ending) napi_remove_async_cleanup_hook(state->hook);
}

static void thread_continue(const struct watch *watch) {
  raw_syscall(NR_WRITE, watch->wake, (long)&(uint64_t){1}, sizeof(uint64_t), 0, 0, 0);
}

static void watch_close(struct watch **link) {
  struct watch *watch = *link;
  struct state *state = watch->state;
  *link = watch->next;
  if (watch->handle != NULL) {
    uv_poll_stop(watch->handle);
    *watch->handle = state;
    uv_close(watch->handle, loop_closed);
  } else {
    __atomic_store_n(&watch->stop, true, __ATOMIC_RELEASE);
    thread_continue(watch);
    pthread_join(watch->thread, NULL);
    raw_syscall(NR_CLOSE, watch->wake, 0, 0, 0, 0, 0);
  }
  raw_syscall(NR_CLOSE, watch->fd, 0, 0, 0, 0, 0);
  if (!state->ending) napi_delete_reference(state->env, watch->callback);
  free(watch);
}

static void watches_end(void *data) {
  struct state *state = data;
  state->ending = true;
  while (state->watches != NULL) watch_close(&state->watches);
}

/* Node waits for the hook's removal, so that every handle is closed before the loop is. */
static void loop_ending(napi_async_cleanup_hook_handle hook, void *data) {
  struct state *state = data;
  watches_end(state);
  if (state->open_handles == 0) napi_remove_async_cleanup_hook(hook);
}

static int loop_start(struct watch *watch) {
  struct state *state = watch->state;
  struct uv_loop_s *loop;
  if (uv_poll_init == NULL || napi_get_uv_event_loop(state->env, &loop) != napi_ok ||
      (state->hook == NULL && napi_add_async_cleanup_hook(state->env, loop_ending, state, &state->hook) != napi_ok))
    return -ENOTSUP;
  void **handle = malloc(uv_handle_size(UV_POLL));
  if (handle == NULL) return -ENOMEM;
  int error = uv_poll_init(loop, handle, (int)watch->fd); /* libuv's error numbers are the negative errno */
  if (error < 0) return free(handle), error;
  *handle = watch;
  watch->handle = handle;
  state->open_handles++;
  return uv_poll_start(handle, UV_READABLE, loop_event);
}

static void *thread_main(void *data) {
  struct watch *watch = data;
  uint64_t count;
  block_signals(); /* they are for the threads that handle them */
  do {
    watch->count = raw_syscall(NR_EPOLL_PWAIT, watch->fd, (long)watch->ready, BATCH, -1, 0, 8);
    if (watch->count == -EINTR) continue;
    if (watch->count < 0 || __atomic_load_n(&watch->stop, __ATOMIC_ACQUIRE)) break;
    if (napi_call_threadsafe_function(watch->function, (void *)watch->id, napi_tsfn_nonblocking) != napi_ok)
      return NULL; /* closing: this thread's share of the function went with the answer */
    /* Nothing is polled while JavaScript is at it, so that a level does not become a busy loop. */
    while (raw_syscall(NR_READ, watch->wake, (long)&count, sizeof count, 0, 0, 0) == -EINTR) continue;
  } while (!__atomic_load_n(&watch->stop, __ATOMIC_ACQUIRE));
  napi_release_threadsafe_function(watch->function, napi_tsfn_abort);
  return NULL;
}

/* By id: the call may still be queued when its watch is gone. */
static void thread_event(napi_env env, napi_value function, void *context, void *data) {
  (void)function;
  struct state *state = context;
  struct watch *watch = env == NULL || state->ending ? NULL : *watch_link(state, (int64_t)data);
  for (long i = 0; watch != NULL && i < watch->count; i++, watch = *watch_link(state, (int64_t)data))
    watch_call(watch, (uint32_t)watch->ready[i].data, watch->ready[i].events);
  if (watch != NULL) thread_continue(watch);
}

static int thread_start(struct watch *watch) {
  napi_env env = watch->state->env;
  napi_value name;
  if (napi_create_string_utf8(env, "tsbpf:watch", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_threadsafe_function(env, NULL, NULL, name, 0, 1, NULL, NULL, watch->state, thread_event,
                                      &watch->function) != napi_ok)
    return -ENOMEM;
  int error = -pthread_create(&watch->thread, NULL, thread_main, watch);
  if (error != 0) napi_release_threadsafe_function(watch->function, napi_tsfn_abort);
  return error;
}

static void watches_free(napi_env env, void *state, void *hint) {
  (void)env, (void)hint;
  free(state);
}

static bool watches_init(napi_env env) {
  struct state *state = calloc(1, sizeof *state);
  if (state == NULL) return false;
  state->env = env;
  if (napi_set_instance_data(env, state, watches_free, NULL) != napi_ok) return free(state), false;
  return napi_add_env_cleanup_hook(env, watches_end, state) == napi_ok;
}

static napi_value watch_start(napi_env env, napi_callback_info info) {
  napi_value values[3];
  int64_t a[2]; /* fd, wake */
  struct state *state;
  napi_valuetype type;
  napi_ref callback;
  if (!read_arguments(env, info, 3, values, 2, a) || napi_get_instance_data(env, (void **)&state) != napi_ok) return NULL;
  if (a[0] < 0 || a[0] > INT32_MAX || a[1] < -1 || a[1] > INT32_MAX) return throw_range(env, "expected an fd");
  if (napi_typeof(env, values[2], &type) != napi_ok || type != napi_function) return throw_type(env, "expected a function");
  struct watch *watch = malloc(sizeof *watch);
  if (watch == NULL || napi_create_reference(env, values[2], 1, &callback) != napi_ok)
    return free(watch), number_of(env, -ENOMEM);
  *watch = (struct watch){state->watches, state, ++state->last_watch, callback, .fd = a[0], .wake = a[1]};
  int error = a[1] < 0 ? loop_start(watch) : thread_start(watch);
  if (error != 0) return napi_delete_reference(env, callback), free(watch), number_of(env, error);
  state->watches = watch;
  return number_of(env, watch->id);
}

static napi_value watch_control(napi_env env, napi_callback_info info) {
  napi_value values[2];
  int64_t a[2]; /* id, operation */
  struct state *state;
  if (!read_arguments(env, info, 2, values, 2, a) || napi_get_instance_data(env, (void **)&state) != napi_ok) return NULL;
  struct watch **link = watch_link(state, a[0]), *watch = *link;
  if (watch == NULL) return NULL;
  if (a[1] == 0) watch_close(link);
  else if (watch->handle != NULL) (a[1] == 2 ? uv_ref : uv_unref)(watch->handle);
  else (a[1] == 2 ? napi_ref_threadsafe_function : napi_unref_threadsafe_function)(env, watch->function);
  return NULL;
}
