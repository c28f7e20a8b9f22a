/* mmap(2) as an ArrayBuffer, and ordered access to what the kernel shares through it. Included by addon.c. */

enum { PROT_READ = 1, PROT_WRITE = 2 };
/* MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS, MAP_LOCKED, MAP_NORESERVE, MAP_POPULATE: nothing that names an address. */
#define MAP_ALLOWED (0x01 | 0x02 | 0x20 | 0x2000 | 0x4000 | 0x8000)

/* One mmap. Lives until its ArrayBuffer's finalizer ran, which may be long after the munmap. */
struct mapping {
  struct mapping *next;
  uint8_t *address;
  size_t length;
  bool writable, mapped;
};

/* Of all environments: an ArrayBuffer can be transferred, and Deno finalizes on a garbage collector's thread. */
static struct mapping *mappings;
static bool locked;
#define lock() while (__atomic_test_and_set(&locked, __ATOMIC_ACQUIRE)) continue
#define unlock() __atomic_clear(&locked, __ATOMIC_RELEASE)

/* The live mapping that holds these bytes, or NULL. It stays while its ArrayBuffer does: the caller has that. */
static struct mapping *mapping_of(const uint8_t *address, size_t length) {
  lock();
  struct mapping *m = mappings;
  while (m != NULL && !(m->mapped && address >= m->address && address + length <= m->address + m->length)) m = m->next;
  unlock();
  return m;
}

static bool is_read_only(const uint8_t *address, size_t length) {
  const struct mapping *mapping = mapping_of(address, length);
  return mapping != NULL && !mapping->writable;
}

static void mapping_gone(napi_env env, void *data, void *hint) {
  (void)env, (void)data;
  struct mapping *mapping = hint, **link = &mappings;
  lock();
  while (*link != mapping) link = &(*link)->next;
  *link = mapping->next;
  unlock();
  if (mapping->mapped) raw_syscall(NR_MUNMAP, (long)mapping->address, (long)mapping->length, 0, 0, 0, 0);
  free(mapping);
}

static napi_value mapping_map(napi_env env, napi_callback_info info) {
  napi_value values[5], buffer;
  int64_t a[5]; /* fd, length, protection, flags, offset */
  if (!read_arguments(env, info, 5, values, 5, a)) return NULL;
  if (a[1] <= 0 || (a[2] | PROT_WRITE) != (PROT_READ | PROT_WRITE) || (a[3] & ~MAP_ALLOWED) != 0)
    return throw_range(env, "expected a length above 0, PROT_READ with or without PROT_WRITE, flags that fix no address");
  struct mapping *mapping = calloc(1, sizeof *mapping);
  if (mapping == NULL) return number_of(env, -ENOMEM);
  long address = raw_syscall(NR_MMAP, 0, a[1], a[2], a[3], a[0], a[4]);
  if (address < 0 && address >= -4095) return free(mapping), number_of(env, address);
  lock();
  *mapping = (struct mapping){mappings, (uint8_t *)address, (size_t)a[1], (a[2] & PROT_WRITE) != 0, true};
  mappings = mapping;
  unlock();
  napi_status status =
      napi_create_external_arraybuffer(env, mapping->address, mapping->length, mapping_gone, mapping, &buffer);
  if (status == napi_ok) return buffer;
  mapping_gone(env, NULL, mapping);
  napi_get_and_clear_last_exception(env, &buffer);
  return number_of(env, status == napi_no_external_buffers_allowed ? -ENOTSUP : -ENOMEM);
}

static napi_value mapping_unmap(napi_env env, napi_callback_info info) {
  napi_value value;
  uint8_t *data = NULL;
  size_t length = 0;
  if (!read_arguments(env, info, 1, &value, 0, NULL)) return NULL;
  if (napi_get_arraybuffer_info(env, value, (void **)&data, &length) != napi_ok)
    return throw_type(env, "expected an ArrayBuffer");
  struct mapping *mapping = data == NULL ? NULL : mapping_of(data, length);
  if (mapping == NULL || mapping->address != data || mapping->length != length) return number_of(env, -EINVAL);
  /* Detach first, so that no JavaScript can reach the pages. The finalizer may run inside and free `mapping`. */
  mapping->mapped = false;
  if (napi_detach_arraybuffer(env, value) != napi_ok) return mapping->mapped = true, number_of(env, -EBUSY);
  return number_of(env, raw_syscall(NR_MUNMAP, (long)data, (long)length, 0, 0, 0, 0));
}

static void *field(napi_env env, napi_value buffer, int64_t offset, size_t width) {
  uint8_t *data = NULL;
  size_t length = 0;
  if (napi_get_arraybuffer_info(env, buffer, (void **)&data, &length) != napi_ok)
    return throw_type(env, "expected an ArrayBuffer");
  if (offset < 0 || length < width || (uint64_t)offset > length - width || ((uint64_t)data + (uint64_t)offset) % width != 0)
    return throw_range(env, "expected an aligned offset inside the buffer");
  return data + offset;
}

/* (offset, buffer): 32 bits with acquire order. */
static napi_value mapping_load(napi_env env, napi_callback_info info) {
  napi_value values[2];
  int64_t offset;
  if (!read_arguments(env, info, 2, values, 1, &offset)) return NULL;
  const int32_t *at = field(env, values[1], offset, sizeof *at);
  return at == NULL ? NULL : number_of(env, __atomic_load_n(at, __ATOMIC_ACQUIRE));
}

/* (offset, low, high, buffer): 64 bits with release order, from two halves. */
static napi_value mapping_store(napi_env env, napi_callback_info info) {
  napi_value values[4];
  int64_t a[3];
  if (!read_arguments(env, info, 4, values, 3, a)) return NULL;
  uint64_t *at = field(env, values[3], a[0], sizeof *at);
  if (at == NULL) return NULL;
  if (is_read_only((uint8_t *)at, sizeof *at)) return throw_range(env, "expected a writable mapping");
  __atomic_store_n(at, (uint64_t)(uint32_t)a[2] << 32 | (uint32_t)a[1], __ATOMIC_RELEASE);
  return NULL;
}
