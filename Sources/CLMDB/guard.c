#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "CLMDB.h"
#include "CXXHash.h"
#include "guarded.h"

// LMDB trusts its file: a flipped bit in a page header makes it read far outside, a truncated file is SIGBUS. While a thread
// is inside one of the calls below, such a fault jumps back to the call's beginning, which then answers BAJI_DB_TRIPPED. (What it
// would *write* outside is prevented by check.c: every page is looked at before LMDB changes it.)
_Thread_local sigjmp_buf *volatile baji_db_guard;
_Thread_local MDB_env *volatile baji_db_guarded;
static struct sigaction previous[2];

static void on_fault(int signal, siginfo_t *info, void *context) {
  (void)info, (void)context;
  if (baji_db_guard) siglongjmp(*baji_db_guard, 1);
  // Not ours: the instruction faults again under the handler that was there before.
  sigaction(signal, &previous[signal == SIGBUS], NULL);
}

static void on_assertion(MDB_env *env, const char *message) {
  (void)env, (void)message;
  if (baji_db_guard) siglongjmp(*baji_db_guard, 1);
}

// The allocator found its heap destroyed while LMDB wrote: this process is lost, and the next one is told why. Nothing but system calls.
static void on_abort(int signal) {
  (void)signal;
  const char *path;
  if (!baji_db_guard || !baji_db_guarded || mdb_env_get_path(baji_db_guarded, &path) != 0 || !path) return;
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  int mark = openat(folder, BAJI_DB_DAMAGE_MARK, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (mark >= 0) close(mark);
  close(folder);
}  // abort(3) goes on, and ends the process

static void install(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &previous[0]);
  sigaction(SIGBUS, &action, &previous[1]);
  struct sigaction abortion = {.sa_handler = on_abort, .sa_flags = SA_ONSTACK}, before;
  sigemptyset(&abortion.sa_mask);
  if (sigaction(SIGABRT, NULL, &before) == 0 && before.sa_handler == SIG_DFL) sigaction(SIGABRT, &abortion, NULL);
}

void baji_db_install_guard(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
}

int baji_db_open(MDB_env *env, const char *path, unsigned int flags, mdb_mode_t mode) {
  mdb_env_set_assert(env, on_assertion);
  GUARDED_IN(env, mdb_env_open(env, path, flags, mode));
}

int baji_db_begin(MDB_env *env, unsigned int flags, MDB_txn **txn) { GUARDED_IN(env, mdb_txn_begin(env, NULL, flags, txn)); }
int baji_db_renew(MDB_txn *txn) { GUARDED(mdb_txn_renew(txn)); }
int baji_db_commit(MDB_txn *txn) { GUARDED_IN(mdb_txn_env(txn), mdb_txn_commit(txn)); }
int baji_db_resize(MDB_env *env, size_t size) { GUARDED(mdb_env_set_mapsize(env, size)); }

int baji_db_open_table(MDB_txn *txn, const char *name, unsigned int flags, MDB_dbi *dbi) {
  GUARDED_IN(mdb_txn_env(txn), mdb_dbi_open(txn, name, flags, dbi));
}

int baji_db_table_stat(MDB_txn *txn, MDB_dbi dbi, MDB_stat *stat) { GUARDED(mdb_stat(txn, dbi, stat)); }

// Keys are 16 bytes, big-endian, so that LMDB's order is the fingerprints' order.
typedef struct {
  uint64_t high, low;
} stored_key;

static stored_key stored(baji_db_key key) { return (stored_key){__builtin_bswap64(key.high), __builtin_bswap64(key.low)}; }

// A value is: 8 bytes of check, 4 bytes of time, the payload.
enum { HEADER = 12 };

// Covers payload, key, table and time. Against accidents only: a key cannot be guessed without the secret anyhow.
static uint64_t check(baji_hash128 hash, uint8_t table, baji_db_key key, uint32_t written) {
  uint64_t mixed = (key.high ^ written ^ (uint64_t)table << 56) * 0x9E3779B97F4A7C15u;
  return hash.low + key.low * 0xC2B2AE3D27D4EB4Fu + (mixed ^ mixed >> 29);
}

static int find(
  MDB_txn *txn, MDB_dbi dbi, uint8_t table, baji_db_key key, int is_content, const void *secret, size_t secret_size, baji_db_value *value) {
  stored_key name = stored(key);
  MDB_val k = {sizeof name, &name}, v;
  int failure = mdb_get(txn, dbi, &k, &v);
  if (failure) return failure;
  if (v.mv_size < HEADER) return BAJI_DB_DAMAGED;
  const char *bytes = v.mv_data;
  uint64_t expected;
  memcpy(&expected, bytes, 8);
  memcpy(&value->written, bytes + 8, 4);
  value->bytes = bytes + HEADER;
  value->size = v.mv_size - HEADER;
  baji_hash128 hash = baji_xxh3_128(value->bytes, value->size, secret, secret_size);
  if (check(hash, table, key, value->written) != expected) return BAJI_DB_DAMAGED;
  if (is_content && (hash.high != key.high || hash.low != key.low)) return BAJI_DB_DAMAGED;
  return 0;
}

int baji_db_get(
  MDB_txn *txn, MDB_dbi dbi, uint8_t table, baji_db_key key, int is_content, const void *secret, size_t secret_size, baji_db_value *value) {
  GUARDED(find(txn, dbi, table, key, is_content, secret, secret_size, value));
}

static int has(MDB_txn *txn, MDB_dbi dbi, baji_db_key key) {
  stored_key name = stored(key);
  MDB_val k = {sizeof name, &name}, v;
  return mdb_get(txn, dbi, &k, &v);
}

int baji_db_has(MDB_txn *txn, MDB_dbi dbi, baji_db_key key) { GUARDED(has(txn, dbi, key)); }

static int put(
  MDB_txn *txn, MDB_dbi dbi, uint8_t table, baji_db_key key, uint32_t written, const void *bytes, size_t size, const void *secret, size_t secret_size) {
  stored_key name = stored(key);
  MDB_val k = {sizeof name, &name}, v = {size + HEADER, NULL};
  int failure = mdb_put(txn, dbi, &k, &v, MDB_RESERVE);
  if (failure) return failure;
  char *target = v.mv_data;
  uint64_t sum = check(baji_xxh3_128(bytes, size, secret, secret_size), table, key, written);
  memcpy(target, &sum, 8);
  memcpy(target + 8, &written, 4);
  if (size) memcpy(target + HEADER, bytes, size);
  return 0;
}

int baji_db_put(
  MDB_txn *txn, MDB_dbi dbi, uint8_t table, baji_db_key key, uint32_t written, const void *bytes, size_t size, const void *secret, size_t secret_size) {
  GUARDED_IN(mdb_txn_env(txn), put(txn, dbi, table, key, written, bytes, size, secret, secret_size));
}

static int delete(MDB_txn *txn, MDB_dbi dbi, baji_db_key key) {
  stored_key name = stored(key);
  MDB_val k = {sizeof name, &name};
  return mdb_del(txn, dbi, &k, NULL);
}

int baji_db_delete(MDB_txn *txn, MDB_dbi dbi, baji_db_key key) { GUARDED_IN(mdb_txn_env(txn), delete(txn, dbi, key)); }

int baji_db_open_cursor(MDB_txn *txn, MDB_dbi dbi, MDB_cursor **cursor) { GUARDED(mdb_cursor_open(txn, dbi, cursor)); }

static int next(MDB_cursor *cursor, const baji_db_key *after, baji_db_key *key, baji_db_value *value) {
  MDB_val k, v;
  int failure;
  if (after) {
    failure = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
  } else {
    failure = mdb_cursor_get(cursor, &k, &v, MDB_FIRST);
  }
  if (failure) return failure;
  if (k.mv_size != sizeof(stored_key) || v.mv_size < HEADER) return MDB_CORRUPTED;
  stored_key name;
  memcpy(&name, k.mv_data, sizeof name);
  *key = (baji_db_key){__builtin_bswap64(name.high), __builtin_bswap64(name.low)};
  // The order of keys must rise: so a cycle in a damaged file ends the walk.
  if (after && (key->high < after->high || (key->high == after->high && key->low <= after->low))) return MDB_CORRUPTED;
  memcpy(&value->written, (const char *)v.mv_data + 8, 4);
  value->bytes = (const char *)v.mv_data + HEADER;
  value->size = v.mv_size - HEADER;
  return 0;
}

int baji_db_next(MDB_cursor *cursor, const baji_db_key *after, baji_db_key *key, baji_db_value *value) {
  GUARDED(next(cursor, after, key, value));
}

int baji_reserve(int descriptor, size_t from, size_t to) {
  struct stat found;
  if (fstat(descriptor, &found) != 0) return errno;
  if (from > 0 && found.st_size >= 0 && (size_t)found.st_size >= to) return 0;
  while (fallocate(descriptor, 0, (off_t)from, (off_t)(to - from)) != 0) {
    if (errno == EINTR) continue;
    return errno == EOPNOTSUPP ? 0 : errno;
  }
  return 0;
}
