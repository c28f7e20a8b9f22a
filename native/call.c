/* System calls with buffers, and buffers that hold pointers to other buffers. Included by addon.c. */
#define MOST 512 /* references in one call; the kernel takes longer lists of strings as addresses, too */

struct slot {
  napi_value value;
  uint8_t *data; /* where the engine has it: valid until JavaScript runs again */
  uint8_t *sent; /* what the kernel gets: a copy, or `data` */
  size_t length, holder, offset;
  bool copied;
};

struct call {
  int64_t number, arguments[6];
  uint8_t *copies;
  struct slot *end, slot[6 + MOST]; /* 6 for the arguments, empty for those that are integers; one for each reference */
};

/* Calls that would make a number of an address, or take memory or threads away from under the engine. */
static bool is_refused(int64_t number) {
  switch (number) {
  case NR_MMAP: case NR_MUNMAP: case NR(10, 226): /* mprotect */ case NR(12, 214): /* brk */
  case NR(15, 139): /* rt_sigreturn */ case NR(25, 216): /* mremap */ case NR(30, 196): /* shmat */
  case NR(67, 197): /* shmdt */ case NR(56, 220): /* clone */ case 435: /* clone3 */
  case NR(57, 0x10000): /* fork */ case NR(58, 0x10001): /* vfork */ case NR(158, 0x10002): /* arch_prctl */
    return true;
  }
  return number < 0 || number > 0xffff;
}

static bool read_buffer(napi_env env, struct slot *slot, napi_value value) {
  napi_typedarray_type type;
  size_t length = 0;
  void *data = NULL;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, NULL, NULL) != napi_ok || type != napi_uint8_array)
    return throw_type(env, "expected a Uint8Array");
  if (length == 0) data = NULL; /* engines may give a dangling address */
  *slot = (struct slot){.value = value, .data = data, .sent = data, .length = length};
  return true;
}

static bool read_reference(napi_env env, struct call *call, struct slot *slot, const napi_value *values) {
  int64_t holder, offset;
  if (!read_integer(env, values[0], &holder) || !read_integer(env, values[1], &offset)) return false;
  if (holder < 0 || holder >= slot - call->slot) return throw_range(env, "expected an argument or an earlier reference");
  if (offset < 0 || call->slot[holder].length < 8 || (uint64_t)offset > call->slot[holder].length - 8)
    return throw_range(env, "expected a holder with 8 bytes at the offset");
  if (!read_buffer(env, slot, values[2])) return false;
  call->slot[holder].copied = true;
  slot->holder = (size_t)holder;
  slot->offset = (size_t)offset;
  return true;
}

/* (number, count, ...arguments, ...[holder, offset, buffer]). No JavaScript runs in here: the addresses stay good. */
static bool call_read(napi_env env, napi_callback_info info, struct call *call) {
  napi_value values[2 + 6 + 3 * MOST];
  size_t given = 32, room = sizeof values / sizeof *values; /* filling up all of it costs more than most calls */
  int64_t count;
  if (napi_get_cb_info(env, info, &given, values, NULL, NULL) != napi_ok) return false;
  if (given > 32 && napi_get_cb_info(env, info, &room, values, NULL, NULL) != napi_ok) return false;
  if (!read_integer(env, values[0], &call->number) || !read_integer(env, values[1], &count)) return false;
  if (is_refused(call->number)) return throw_range(env, "expected a system call that leaves memory and threads alone");
  if (count < 0 || count > 6 || given < 2 + (size_t)count || (given - 2 - (size_t)count) % 3 != 0)
    return throw_range(env, "expected at most 6 arguments and three values for each reference");
  size_t references = (given - 2 - (size_t)count) / 3;
  if (references > MOST) return throw_range(env, "expected at most 512 references");
  call->copies = NULL;
  call->end = call->slot + 6 + references;
  for (size_t i = 0; i < 6; i++) call->arguments[i] = 0, call->slot[i] = (struct slot){0};
  for (size_t i = 0; i < (size_t)count; i++) {
    napi_valuetype type;
    if (napi_typeof(env, values[2 + i], &type) != napi_ok) return false;
    if (!(type == napi_object ? read_buffer(env, &call->slot[i], values[2 + i])
                              : read_integer(env, values[2 + i], &call->arguments[i]))) return false;
  }
  for (size_t i = 0; i < references; i++)
    if (!read_reference(env, call, &call->slot[6 + i], values + 2 + count + 3 * i)) return false;
  return true;
}

/* Copies the buffers that receive a pointer, or all; then writes the pointers. False: no memory. */
static bool call_stage(struct call *call, bool all) {
  size_t total = 0, used = 0;
  for (struct slot *s = call->slot; s < call->end; s++) {
    s->copied |= all && s->length != 0;
    if (s->copied) total += (s->length + 7) & ~7ul;
  }
  if (total != 0 && (call->copies = malloc(total)) == NULL) return false;
  for (struct slot *s = call->slot; used < total; s++) {
    if (!s->copied) continue;
    s->sent = memcpy(call->copies + used, s->data, s->length);
    used += (s->length + 7) & ~7ul;
  }
  for (const struct slot *s = call->slot + 6; s < call->end; s++)
    memcpy(call->slot[s->holder].sent + s->offset, &s->sent, sizeof s->sent);
  for (size_t i = 0; i < 6; i++)
    if (call->slot[i].sent != NULL) call->arguments[i] = (int64_t)call->slot[i].sent;
  return true;
}

static long call_run(struct call *call) {
  const int64_t *a = call->arguments;
  long result = raw_syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
  for (const struct slot *s = call->slot + 6; s < call->end; s++) memset(call->slot[s->holder].sent + s->offset, 0, 8);
  return result;
}

/* Only what differs: an input may be a read-only mapping, where a store is a SIGSEGV. */
static void write_back(const struct slot *from, uint8_t *to) {
  if (memcmp(to, from->sent, from->length) != 0 && !is_read_only(to, from->length)) memcpy(to, from->sent, from->length);
}

static napi_value call_now(napi_env env, napi_callback_info info) {
  struct call call;
  if (!call_read(env, info, &call)) return NULL;
  if (!call_stage(&call, false)) return number_of(env, -ENOMEM);
  long result = call_run(&call);
  for (const struct slot *s = call.slot; call.copies != NULL && s < call.end; s++)
    if (s->copied) write_back(s, s->data);
  free(call.copies);
  return number_of(env, result);
}

struct job {
  long result;
  napi_async_work work;
  napi_deferred deferred;
  napi_ref buffers; /* a JavaScript array: entry i is slot i's buffer */
  struct call call;
};

static void job_run(napi_env env, void *data) {
  (void)env;
  struct job *job = data;
  uint64_t mask = block_signals();
  job->result = call_run(&job->call);
  restore_signals(mask);
}

static void job_free(napi_env env, struct job *job) {
  if (job->buffers != NULL) napi_delete_reference(env, job->buffers);
  if (job->work != NULL) napi_delete_async_work(env, job->work);
  free(job->call.copies);
  free(job);
}

static void job_done(napi_env env, napi_status status, void *data) {
  struct job *job = data;
  struct slot now;
  napi_value buffers, value;
  bool ran = status == napi_ok && napi_get_reference_value(env, job->buffers, &buffers) == napi_ok;
  for (const struct slot *s = job->call.slot; ran && s < job->call.end; s++) {
    if (!s->copied || napi_get_element(env, buffers, (uint32_t)(s - job->call.slot), &value) != napi_ok) continue;
    /* Detached or resized meanwhile: nobody is left to read the answer. */
    if (read_buffer(env, &now, value) && now.length == s->length) write_back(s, now.data);
  }
  napi_resolve_deferred(env, job->deferred, number_of(env, ran ? job->result : -EINTR));
  job_free(env, job);
}

static bool job_hold_buffers(napi_env env, struct job *job) {
  napi_value buffers;
  if (napi_create_array(env, &buffers) != napi_ok) return false;
  for (const struct slot *s = job->call.slot; s < job->call.end; s++)
    if (s->copied && napi_set_element(env, buffers, (uint32_t)(s - job->call.slot), s->value) != napi_ok) return false;
  return napi_create_reference(env, buffers, 1, &job->buffers) == napi_ok;
}

static napi_value call_later(napi_env env, napi_callback_info info) {
  struct job *job = calloc(1, sizeof *job);
  napi_value promise, name;
  if (job == NULL) return throw_range(env, "expected memory for the call");
  if (!call_read(env, info, &job->call)) return free(job), NULL;
  if (call_stage(&job->call, true) && job_hold_buffers(env, job) &&
      napi_create_string_utf8(env, "tsbpf:syscall", NAPI_AUTO_LENGTH, &name) == napi_ok &&
      napi_create_async_work(env, NULL, name, job_run, job_done, job, &job->work) == napi_ok &&
      napi_create_promise(env, &job->deferred, &promise) == napi_ok && napi_queue_async_work(env, job->work) == napi_ok)
    return promise;
  job_free(env, job);
  return throw_range(env, "expected memory for copies of the buffers");
}
