/*
 * System calls with buffers, and buffers that hold pointers to other buffers. Included by addon.c.
 *
 * A buffer that receives a pointer is copied first, the kernel gets the copy, and what the kernel left in it is
 * copied back with the pointers zeroed: an address never stands in memory that JavaScript can read. A call off the
 * thread copies every buffer, so that no engine has to keep its memory still meanwhile.
 */
#define MOST 512 /* references in one call; the kernel takes longer lists of strings as addresses, too */

struct slot {
  napi_value value;
  uint8_t *data; /* where the engine has it: valid until JavaScript runs again */
  size_t length;
  uint8_t *copy; /* what the kernel gets, or NULL for `data` itself */
  bool given, holds; /* a buffer, not an integer; pointers are written into it */
  size_t holder, offset;
};

struct call {
  struct state *state;
  long number, arguments[6];
  uint8_t *copies;
  struct slot *end, slot[6 + MOST]; /* 6 for the arguments and one for each reference */
};

/* Calls that would make a number of an address, or take memory or threads away from under the engine. */
static bool is_refused(int64_t number) {
  switch (number) {
  case NR_MMAP: case NR_MUNMAP: case NR(10, 226): /* mprotect */ case NR(12, 214): /* brk */
  case NR(15, 139): /* rt_sigreturn */ case NR(25, 216): /* mremap */ case NR(30, 196): /* shmat */
  case NR(67, 197): /* shmdt */ case NR(56, 220): /* clone */ case 435: /* clone3 */
  case NR(57, 0x10000): /* fork */ case NR(58, 0x10001): /* vfork */ case NR(158, 0x10002): /* arch_prctl */
    return true;
  default:
    return number < 0 || number > 0xffff;
  }
}

static bool read_buffer(napi_env env, struct slot *slot, napi_value value) {
  napi_typedarray_type type;
  size_t length = 0;
  void *data = NULL;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, NULL, NULL) != napi_ok || type != napi_uint8_array)
    return throw_type(env, "expected a Uint8Array");
  /* For an empty array engines give NULL or a dangling address. */
  *slot = (struct slot){.value = value, .data = length == 0 ? NULL : data, .length = length, .given = true};
  return true;
}

static bool read_argument(napi_env env, struct slot *slot, long *argument, napi_value value) {
  napi_valuetype type;
  int64_t integer = 0;
  uint64_t word[2] = {0, 0};
  size_t words = 2; /* two, not one: Deno reports no more words than it may write */
  int sign = 0;
  if (napi_typeof(env, value, &type) != napi_ok) return false;
  if (type == napi_object) return read_buffer(env, slot, value);
  if (type == napi_bigint) {
    if (napi_get_value_bigint_words(env, value, &sign, &words, word) != napi_ok) return false;
    if (words > 1 || (sign && word[0] > 1ull << 63)) return throw_range(env, "expected a bigint of 64 bits");
    integer = (int64_t)(sign ? 0 - word[0] : word[0]);
  } else if (type != napi_number) {
    return throw_type(env, "expected a number, a bigint or a Uint8Array");
  } else if (!read_integer(env, value, &integer)) {
    return false;
  }
  *argument = (long)integer;
  return true;
}

static bool read_reference(napi_env env, struct call *call, struct slot *slot, const napi_value *values) {
  int64_t holder, offset;
  if (!read_integer(env, values[0], &holder) || !read_integer(env, values[1], &offset)) return false;
  if (holder < 0 || holder >= slot - call->slot || !call->slot[holder].given)
    return throw_range(env, "expected a holder that is an argument's or an earlier reference's buffer");
  if (offset < 0 || call->slot[holder].length < 8 || (uint64_t)offset > call->slot[holder].length - 8)
    return throw_range(env, "expected an offset with 8 bytes behind it in the holder");
  if (!read_buffer(env, slot, values[2])) return false;
  call->slot[holder].holds = true;
  slot->holder = (size_t)holder;
  slot->offset = (size_t)offset;
  return true;
}

/* (number, count, ...arguments, ...[holder, offset, buffer]). No JavaScript runs in here: the addresses stay good. */
static bool read_values(napi_env env, struct call *call, const napi_value *values, size_t given) {
  int64_t number, count;
  if (given < 2) return throw_type(env, "expected a system call number and a count");
  if (!read_integer(env, values[0], &number) || !read_integer(env, values[1], &count)) return false;
  if (is_refused(number)) return throw_range(env, "expected a system call that leaves memory and threads alone");
  if (count < 0 || count > 6 || given < 2 + (size_t)count || (given - 2 - (size_t)count) % 3 != 0)
    return throw_range(env, "expected at most 6 arguments and three values for each reference");
  size_t references = (given - 2 - (size_t)count) / 3;
  if (references > MOST) return throw_range(env, "expected at most 512 references");
  call->number = (long)number;
  call->end = call->slot + 6 + references;
  for (size_t i = 0; i < 6; i++) call->arguments[i] = 0, call->slot[i].given = false;
  for (size_t i = 0; i < (size_t)count; i++)
    if (!read_argument(env, &call->slot[i], &call->arguments[i], values[2 + i])) return false;
  for (size_t i = 0; i < references; i++)
    if (!read_reference(env, call, &call->slot[6 + i], values + 2 + count + 3 * i)) return false;
  return true;
}

static bool call_read(napi_env env, napi_callback_info info, struct call *call) {
  napi_value values[2 + 6 + 3 * MOST];
  size_t given = 32; /* a larger request is filled up with undefined, which costs more than the call */
  call->copies = NULL;
  if (napi_get_cb_info(env, info, &given, values, NULL, (void **)&call->state) != napi_ok) return false;
  if (given > sizeof values / sizeof *values) return throw_range(env, "expected at most 512 references");
  if (given > 32 && napi_get_cb_info(env, info, &given, values, NULL, NULL) != napi_ok) return false;
  return read_values(env, call, values, given);
}

static uint64_t address_of(const struct slot *slot) { return (uint64_t)(slot->copy ? slot->copy : slot->data); }

/* Copies what has to be copied and writes the pointers. False: no memory. */
static bool call_stage(struct call *call, bool all) {
  size_t total = 0, used = 0;
  for (const struct slot *s = call->slot; s < call->end; s++)
    if (s->given && (all || s->holds)) total += (s->length + 7) & ~7ul;
  if (total != 0 && (call->copies = malloc(total)) == NULL) return false;
  for (struct slot *s = call->slot; s < call->end; s++) {
    if (!s->given || !(all || s->holds) || s->length == 0) continue;
    s->copy = memcpy(call->copies + used, s->data, s->length);
    used += (s->length + 7) & ~7ul;
  }
  for (const struct slot *s = call->slot + 6; s < call->end; s++) {
    uint64_t address = address_of(s);
    memcpy(call->slot[s->holder].copy + s->offset, &address, sizeof address);
  }
  for (size_t i = 0; i < 6; i++)
    if (call->slot[i].given) call->arguments[i] = (long)address_of(&call->slot[i]);
  return true;
}

static long call_run(long number, const long *a) { return raw_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]); }

static void call_clear(struct call *call) {
  for (const struct slot *s = call->slot + 6; s < call->end; s++) memset(call->slot[s->holder].copy + s->offset, 0, 8);
}

/* Only what differs: an input may be a read-only mapping, where a store is a SIGSEGV. */
static void write_back(const struct call *call, const struct slot *from, uint8_t *to) {
  if (memcmp(to, from->copy, from->length) != 0 && !is_read_only(call->state, to, from->length))
    memcpy(to, from->copy, from->length);
}

static napi_value call_now(napi_env env, napi_callback_info info) {
  struct call call;
  long result = -ENOMEM;
  if (!call_read(env, info, &call)) return NULL;
  if (call_stage(&call, false)) {
    result = call_run(call.number, call.arguments);
    call_clear(&call);
    for (const struct slot *s = call.slot; call.copies != NULL && s < call.end; s++)
      if (s->given && s->copy != NULL) write_back(&call, s, s->data);
  }
  free(call.copies);
  return number_of(env, result);
}

struct job {
  struct call call;
  napi_async_work work;
  napi_deferred deferred;
  napi_ref buffers; /* a JavaScript array: entry i is slot i's buffer */
  long result;
};

/* Signals are kept away: BPF_PROG_LOAD answers EAGAIN while one is pending, poll(2) EINTR. */
static void job_run(napi_env env, void *data) {
  (void)env;
  struct job *job = data;
  uint64_t mask = block_signals();
  job->result = call_run(job->call.number, job->call.arguments);
  restore_signals(mask);
}

static napi_value job_free(struct job *job) {
  free(job->call.copies);
  state_release(job->call.state);
  free(job);
  return NULL;
}

static void job_done(napi_env env, napi_status status, void *data) {
  struct job *job = data;
  napi_value buffers = NULL, value;
  call_clear(&job->call);
  napi_get_reference_value(env, job->buffers, &buffers);
  for (const struct slot *s = job->call.slot; buffers != NULL && s < job->call.end; s++) {
    napi_typedarray_type type;
    size_t length = 0;
    void *now = NULL;
    if (!s->given || s->copy == NULL) continue;
    if (napi_get_element(env, buffers, (uint32_t)(s - job->call.slot), &value) != napi_ok) continue;
    /* Detached or resized meanwhile: nobody is left to read the answer. */
    if (napi_get_typedarray_info(env, value, &type, &length, &now, NULL, NULL) == napi_ok && length == s->length && now)
      write_back(&job->call, s, now);
  }
  napi_delete_reference(env, job->buffers);
  value = number_of(env, status == napi_ok ? job->result : -EINTR);
  if (value != NULL) napi_resolve_deferred(env, job->deferred, value);
  napi_delete_async_work(env, job->work);
  job_free(job);
}

static napi_value call_later(napi_env env, napi_callback_info info) {
  struct job *job = malloc(sizeof *job);
  napi_value promise, name, buffers;
  if (job == NULL) return throw_range(env, "expected memory for the call");
  if (!call_read(env, info, &job->call)) return free(job), NULL;
  state_hold(job->call.state);
  if (!call_stage(&job->call, true)) return throw_range(env, "expected memory for copies of the buffers"), job_free(job);
  if (napi_create_array(env, &buffers) != napi_ok) return job_free(job);
  for (const struct slot *s = job->call.slot; s < job->call.end; s++)
    if (s->given && napi_set_element(env, buffers, (uint32_t)(s - job->call.slot), s->value) != napi_ok) return job_free(job);
  if (napi_create_string_utf8(env, "tsbpf:syscall", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_async_work(env, NULL, name, job_run, job_done, job, &job->work) != napi_ok) return job_free(job);
  if (napi_create_promise(env, &job->deferred, &promise) == napi_ok &&
      napi_create_reference(env, buffers, 1, &job->buffers) == napi_ok &&
      napi_queue_async_work(env, job->work) == napi_ok) return promise;
  napi_delete_async_work(env, job->work);
  return job_free(job);
}
