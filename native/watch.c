/*
 * Waiting for an fd, level-triggered. In Node it is a uv_poll on the loop, the shortest wake-up; Bun aborts on that
 * and Deno fires it once, so there a thread polls and calls through a threadsafe function. The caller says which,
 * keeps the fd open and to itself, and puts many fds behind one epoll fd where a thread for each is too much.
 * Included by addon.c.
 */
enum { POLLIN = 1, POLLOUT = 4, UV_READABLE = 1, UV_WRITABLE = 2, UV_POLL = 8 /* uv_handle_type */ };

/* uv.h, as far as used. Weak: the dynamic linker leaves NULL where the host has none. A handle starts with `data`. */
#define WEAK __attribute__((weak))
WEAK size_t uv_handle_size(int type);
WEAK int uv_poll_init(struct uv_loop_s *loop, void **handle, int fd);
WEAK int uv_poll_start(void **handle, int events, void (*callback)(void **handle, int status, int events));
WEAK int uv_poll_stop(void **handle);
WEAK void uv_close(void **handle, void (*callback)(void **handle));
WEAK void uv_ref(void **handle);
WEAK void uv_unref(void **handle);

struct pollfd {
  int fd;
  short events, revents;
};

struct watch {
  struct watch *next;
  struct state *state;
  int64_t id;
  napi_ref callback;
  void **handle; /* the uv_poll_t, or NULL: a thread's */
  napi_threadsafe_function function;
  unsigned long thread;
  struct pollfd polled[2]; /* the fd, and an eventfd: JavaScript is done with the last call, or wants to stop */
  bool stop;
};

static struct watch **watch_link(struct state *state, int64_t id) {
  struct watch **link = &state->watches;
  while (*link != NULL && (*link)->id != id) link = &(*link)->next;
  return link;
}

/* The callback may stop this watch or any other: nothing of it is touched afterwards. */
static void watch_call(struct watch *watch, int64_t events, bool from_loop) {
  napi_env env = watch->state->env;
  napi_handle_scope scope;
  napi_value global, function, argument, ignored;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  if (napi_get_global(env, &global) == napi_ok && napi_get_reference_value(env, watch->callback, &function) == napi_ok &&
      (argument = number_of(env, events)) != NULL) {
    /* From the bare loop, make_callback also runs the microtasks; a threadsafe function does it by itself. */
    napi_status status = from_loop ? napi_make_callback(env, NULL, global, function, 1, &argument, &ignored)
                                   : napi_call_function(env, global, function, 1, &argument, &ignored);
    if (status == napi_pending_exception && napi_get_and_clear_last_exception(env, &ignored) == napi_ok)
      napi_fatal_exception(env, ignored); /* "uncaughtException" */
  }
  napi_close_handle_scope(env, scope);
}

static void loop_event(void **handle, int status, int events) {
  watch_call(*handle, status < 0 ? status : (events & UV_READABLE ? POLLIN : 0) | (events & UV_WRITABLE ? POLLOUT : 0), true);
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
  return uv_poll_start(handle, (events & POLLIN ? UV_READABLE : 0) | (events & POLLOUT ? UV_WRITABLE : 0), loop_event);
}

static void *thread_main(void *data) {
  struct watch *watch = data;
  uint64_t count;
  for (;;) {
    long ready = raw_syscall(NR_PPOLL, (long)watch->polled, 2, 0, 0, 8, 0);
    if (ready == -EINTR) continue;
    if (ready < 0 || __atomic_load_n(&watch->stop, __ATOMIC_ACQUIRE)) break;
    napi_status status = napi_call_threadsafe_function(watch->function, (void *)watch->id, napi_tsfn_nonblocking);
    if (status == napi_closing) return NULL; /* this thread's share of the function went with the answer */
    if (status != napi_ok) break;
    /* Nothing is polled while JavaScript is at it, so that a level does not become a busy loop. */
    while (raw_syscall(NR_READ, watch->polled[1].fd, (long)&count, sizeof count, 0, 0, 0) == -EINTR) continue;
    if (__atomic_load_n(&watch->stop, __ATOMIC_ACQUIRE)) break;
  }
  napi_release_threadsafe_function(watch->function, napi_tsfn_abort);
  return NULL;
}

static void thread_continue(const struct watch *watch) {
  const uint64_t one = 1;
  raw_syscall(NR_WRITE, watch->polled[1].fd, (long)&one, sizeof one, 0, 0, 0);
}

/* By id: the call may still be queued when its watch is gone. */
static void thread_event(napi_env env, napi_value function, void *context, void *data) {
  (void)function;
  struct state *state = context;
  struct watch *watch = env == NULL || state->ending ? NULL : *watch_link(state, (int64_t)data);
  if (watch == NULL) return;
  watch_call(watch, watch->polled[0].revents, false);
  if ((watch = *watch_link(state, (int64_t)data)) != NULL) thread_continue(watch);
}

static void thread_gone(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  state_release(data);
}

static int thread_start(struct watch *watch, int fd, int64_t events) {
  napi_env env = watch->state->env;
  napi_value name;
  long wake = raw_syscall(NR_EVENTFD2, 0, 02000000 /* EFD_CLOEXEC */, 0, 0, 0, 0);
  if (wake < 0) return (int)wake;
  watch->polled[0] = (struct pollfd){fd, (short)events, 0};
  watch->polled[1] = (struct pollfd){(int)wake, POLLIN, 0};
  int error = -ENOMEM;
  if (napi_create_string_utf8(env, "tsbpf:watch", NAPI_AUTO_LENGTH, &name) == napi_ok &&
      napi_create_threadsafe_function(env, NULL, NULL, name, 0, 1, watch->state, thread_gone, watch->state, thread_event,
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
    raw_syscall(NR_CLOSE, watch->polled[1].fd, 0, 0, 0, 0, 0);
  }
  if (!state->ending) napi_delete_reference(state->env, watch->callback);
  free(watch);
}

/* Node waits for the hook's removal, so that every handle is closed before the loop is. */
static void watches_ending(napi_async_cleanup_hook_handle hook, void *data) {
  struct state *state = data;
  state->ending = true;
  while (state->watches != NULL) watch_close(&state->watches);
  if (state->open_handles == 0) napi_remove_async_cleanup_hook(hook);
}

/* (fd, events, in the loop, callback): an id above 0, or -errno. The callback gets poll(2)'s revents or -errno. */
static napi_value watch_start(napi_env env, napi_callback_info info) {
  napi_value values[4];
  int64_t a[3];
  struct state *state;
  napi_valuetype type;
  if (!read_arguments(env, info, &state, 4, values, 3, a)) return NULL;
  if (a[0] < 0 || a[0] > INT32_MAX) return throw_range(env, "expected an fd");
  if (a[1] <= 0 || (a[1] & ~(POLLIN | POLLOUT)) != 0) return throw_range(env, "expected POLLIN, POLLOUT or both");
  if (napi_typeof(env, values[3], &type) != napi_ok || type != napi_function) return throw_type(env, "expected a function");
  if (state->hook == NULL && napi_add_async_cleanup_hook(env, watches_ending, state, &state->hook) != napi_ok)
    return number_of(env, -ENOTSUP);
  struct watch *watch = calloc(1, sizeof *watch);
  if (watch == NULL || napi_create_reference(env, values[3], 1, &watch->callback) != napi_ok)
    return free(watch), number_of(env, -ENOMEM);
  watch->state = state;
  watch->id = ++state->last_watch;
  int error = (a[2] != 0 ? loop_start : thread_start)(watch, (int)a[0], a[1]);
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
