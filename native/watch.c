/*
 * Waiting for fds, level-triggered. In Node each is a uv_poll on the loop, the shortest wake-up; Bun aborts on that and
 * Deno fires it once, so there a thread waits on the caller's epoll fd and calls through a threadsafe function. The
 * thread must be the one that fetches the events: polling the epoll fd from outside would ask each file twice, and a
 * perf event answers only the first time (perf_poll, kernel/events/core.c). Included by addon.c.
 */
enum { EPOLLIN = 1, EPOLLOUT = 4, UV_READABLE = 1, UV_WRITABLE = 2, UV_POLL = 8 /* uv_handle_type */, BATCH = 64 };

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
  long fd;       /* the addon's own: closed with the watch */
  napi_threadsafe_function function;
  unsigned long thread;
  bool stop;
  long wake, count; /* an eventfd: JavaScript is done with the batch, or wants to stop; how many are ready */
  struct epoll_event ready[BATCH]; /* the thread's, and JavaScript's from its call to the write to `wake` */
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
  napi_value global, function, arguments[2], ignored;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  if (napi_get_global(env, &global) == napi_ok && napi_get_reference_value(env, watch->callback, &function) == napi_ok &&
      (arguments[0] = number_of(env, events)) != NULL && (arguments[1] = number_of(env, key)) != NULL) {
    /* Unlike call_function this runs the microtasks, too, where nobody else does: libuv calls from the bare loop. */
    if (napi_make_callback(env, NULL, global, function, 2, arguments, &ignored) == napi_pending_exception &&
        napi_get_and_clear_last_exception(env, &ignored) == napi_ok)
      napi_fatal_exception(env, ignored); /* "uncaughtException" */
  }
  napi_close_handle_scope(env, scope);
}

static void loop_event(void **handle, int status, int events) {
  int seen = (events & UV_READABLE ? EPOLLIN : 0) | (events & UV_WRITABLE ? EPOLLOUT : 0);
  watch_call(*handle, 0, status < 0 ? status : seen);
}

static void loop_closed(void **handle) {
  struct state *state = *handle;
  free(handle);
  if (--state->open_handles == 0 && state->ending) napi_remove_async_cleanup_hook(state->hook);
  state_release(state);
}

static int loop_start(struct watch *watch, int fd, int64_t events) {
  struct uv_loop_s *loop;
  if (uv_poll_init == NULL || napi_get_uv_event_loop(watch->state->env, &loop) != napi_ok) return -ENOTSUP;
  void **handle = malloc(uv_handle_size(UV_POLL));
  if (handle == NULL) return -ENOMEM;
  int error = uv_poll_init(loop, handle, fd); /* libuv's error numbers are the negative errno */
  if (error < 0) return free(handle), error;
  *handle = watch;
  watch->handle = handle;
  watch->state->open_handles++;
  state_hold(watch->state);
  return uv_poll_start(handle, (events & EPOLLIN ? UV_READABLE : 0) | (events & EPOLLOUT ? UV_WRITABLE : 0), loop_event);
}

static void *thread_main(void *data) {
  struct watch *watch = data;
  uint64_t count;
  for (;;) {
    watch->count = raw_syscall(NR_EPOLL_PWAIT, watch->fd, (long)watch->ready, BATCH, -1, 0, 8);
    if (watch->count == -EINTR) continue;
    if (watch->count < 0 || __atomic_load_n(&watch->stop, __ATOMIC_ACQUIRE)) break;
    napi_status status = napi_call_threadsafe_function(watch->function, (void *)watch->id, napi_tsfn_nonblocking);
    if (status == napi_closing) return NULL; /* this thread's share of the function went with the answer */
    if (status != napi_ok) break;
    /* Nothing is polled while JavaScript is at it, so that a level does not become a busy loop. */
    while (raw_syscall(NR_READ, watch->wake, (long)&count, sizeof count, 0, 0, 0) == -EINTR) continue;
    if (__atomic_load_n(&watch->stop, __ATOMIC_ACQUIRE)) break;
  }
  napi_release_threadsafe_function(watch->function, napi_tsfn_abort);
  return NULL;
}

static void thread_continue(const struct watch *watch) {
  raw_syscall(NR_WRITE, watch->wake, (long)&(uint64_t){1}, sizeof(uint64_t), 0, 0, 0);
}

/* By id: the call may still be queued when its watch is gone. */
static void thread_event(napi_env env, napi_value function, void *context, void *data) {
  (void)function;
  struct state *state = context;
  struct watch *watch = env == NULL || state->ending ? NULL : *watch_link(state, (int64_t)data);
  for (long i = 0; watch != NULL && i < watch->count; i++, watch = *watch_link(state, (int64_t)data))
    if (watch->ready[i].data != 0) watch_call(watch, (uint32_t)watch->ready[i].data, watch->ready[i].events);
  if (watch != NULL) thread_continue(watch);
}

static int thread_start(struct watch *watch, int fd) {
  napi_env env = watch->state->env;
  napi_value name;
  long wake = raw_syscall(NR_EVENTFD2, 0, 02000000 /* EFD_CLOEXEC */, 0, 0, 0, 0);
  if (wake < 0) return (int)wake;
  struct epoll_event event = {EPOLLIN, 0};
  watch->wake = wake;
  int error = (int)raw_syscall(NR_EPOLL_CTL, fd, 1 /* EPOLL_CTL_ADD */, wake, (long)&event, 0, 0);
  if (error != 0) return raw_syscall(NR_CLOSE, wake, 0, 0, 0, 0, 0), error;
  error = -ENOMEM;
  if (napi_create_string_utf8(env, "tsbpf:watch", NAPI_AUTO_LENGTH, &name) == napi_ok &&
      napi_create_threadsafe_function(env, NULL, NULL, name, 0, 1, watch->state, state_gone, watch->state, thread_event,
                                      &watch->function) == napi_ok) {
    state_hold(watch->state);
    uint64_t mask = block_signals(); /* inherited: signals are for the threads that handle them */
    error = -pthread_create(&watch->thread, NULL, thread_main, watch);
    restore_signals(mask);
    if (error == 0) return 0;
    napi_release_threadsafe_function(watch->function, napi_tsfn_abort);
  }
  raw_syscall(NR_CLOSE, wake, 0, 0, 0, 0, 0);
  return error;
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

static void watches_end(struct state *state) {
  state->ending = true;
  while (state->watches != NULL) watch_close(&state->watches);
}

static void thread_ending(void *state) {
  watches_end(state);
  state_release(state);
}

/* Node waits for the hook's removal, so that every handle is closed before the loop is. */
static void loop_ending(napi_async_cleanup_hook_handle hook, void *data) {
  struct state *state = data;
  watches_end(state);
  if (state->open_handles == 0) napi_remove_async_cleanup_hook(hook);
  state_release(state);
}

/* Deno frees an asynchronous hook's handle once more after its removal: only the loop asks for one. */
static bool watches_hook(struct state *state, bool loop) {
  if (loop ? state->hook != NULL : state->hooked) return true;
  if ((loop ? napi_add_async_cleanup_hook(state->env, loop_ending, state, &state->hook)
            : napi_add_env_cleanup_hook(state->env, thread_ending, state)) != napi_ok) return false;
  state->hooked = state->hooked || !loop;
  state_hold(state);
  return true;
}

/*
 * (fd, events, callback): an id above 0, or -errno. With events the fd is polled in the loop and the callback gets
 * (events or -errno, 0); with 0 it is an epoll fd, given to a thread, and the callback gets each (events, low half of
 * its data); data 0 is the addon's. The fd is the addon's from here on, unless this is refused.
 */
static napi_value watch_start(napi_env env, napi_callback_info info) {
  napi_value values[3];
  int64_t a[2];
  struct state *state;
  napi_valuetype type;
  if (!read_arguments(env, info, &state, 3, values, 2, a)) return NULL;
  if (a[0] < 0 || a[0] > INT32_MAX) return throw_range(env, "expected an fd");
  if ((a[1] & ~(EPOLLIN | EPOLLOUT)) != 0) return throw_range(env, "expected 0 or EPOLLIN, EPOLLOUT");
  if (napi_typeof(env, values[2], &type) != napi_ok || type != napi_function) return throw_type(env, "expected a function");
  if (!watches_hook(state, a[1] != 0)) return number_of(env, -ENOTSUP);
  struct watch *watch = calloc(1, sizeof *watch);
  if (watch == NULL || napi_create_reference(env, values[2], 1, &watch->callback) != napi_ok)
    return free(watch), number_of(env, -ENOMEM);
  watch->state = state;
  watch->fd = a[0];
  watch->id = ++state->last_watch;
  int error = a[1] != 0 ? loop_start(watch, (int)a[0], a[1]) : thread_start(watch, (int)a[0]);
  if (error != 0) return napi_delete_reference(env, watch->callback), free(watch), number_of(env, error);
  watch->next = state->watches;
  state->watches = watch;
  return number_of(env, watch->id);
}

/* (id, 0: stop, 1: let the event loop end, 2: keep it running, as at first): true if the watch was running. */
static napi_value watch_control(napi_env env, napi_callback_info info) {
  napi_value values[2];
  int64_t a[2];
  struct state *state;
  if (!read_arguments(env, info, &state, 2, values, 2, a)) return NULL;
  struct watch **link = watch_link(state, a[0]), *watch = *link;
  if (watch == NULL || a[1] < 0 || a[1] > 2) return napi_get_boolean(env, false, values), values[0];
  if (a[1] == 0) watch_close(link);
  else if (watch->handle != NULL) (a[1] == 2 ? uv_ref : uv_unref)(watch->handle);
  else (a[1] == 2 ? napi_ref_threadsafe_function : napi_unref_threadsafe_function)(env, watch->function);
  return napi_get_boolean(env, true, values), values[0];
}
