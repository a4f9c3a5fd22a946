// LMDB behind a guard: a damaged file gives an error code, where LMDB alone would read outside its map or abort.
#ifndef BAJI_CLMDB_H
#define BAJI_CLMDB_H
#include <lmdb.h>
#include <stddef.h>
#include <stdint.h>

/// A call left LMDB by a fault or a failed assertion: the file is damaged. After it in a write transaction, neither the transaction nor the
/// environment may be touched again, and the thread must end (that frees the writers' lock for other processes).
#define BAJI_DB_TRIPPED (-30600)
/// The value is there, and is not what was written.
#define BAJI_DB_DAMAGED (-30601)

typedef struct {
  uint64_t high, low;
} baji_db_key;

/// The payload, inside the map: valid until the transaction ends.
typedef struct {
  const void *bytes;
  size_t size;
  /// Seconds since the epoch when it was written.
  uint32_t written;
} baji_db_value;

/// Installs the handlers of SIGSEGV and SIGBUS, once; signals from elsewhere go to whoever handled them before.
void baji_db_install_guard(void);

int baji_db_open(MDB_env *env, const char *path, unsigned int flags, mdb_mode_t mode);
int baji_db_begin(MDB_env *env, unsigned int flags, MDB_txn **txn);
int baji_db_renew(MDB_txn *txn);
int baji_db_commit(MDB_txn *txn);
int baji_db_open_table(MDB_txn *txn, const char *name, unsigned int flags, MDB_dbi *dbi);
int baji_db_table_stat(MDB_txn *txn, MDB_dbi dbi, MDB_stat *stat);
int baji_db_resize(MDB_env *env, size_t size);

/// Finds a value and checks it. `is_content`: the key must be the fingerprint of the payload itself.
int baji_db_get(MDB_txn *txn, MDB_dbi dbi, uint8_t table, baji_db_key key, int is_content, const void *secret, size_t secret_size, baji_db_value *value);
/// 0 or MDB_NOTFOUND, without a look at the value.
int baji_db_has(MDB_txn *txn, MDB_dbi dbi, baji_db_key key);
int baji_db_put(
  MDB_txn *txn, MDB_dbi dbi, uint8_t table, baji_db_key key, uint32_t written, const void *bytes, size_t size, const void *secret, size_t secret_size);
int baji_db_delete(MDB_txn *txn, MDB_dbi dbi, baji_db_key key);

int baji_db_open_cursor(MDB_txn *txn, MDB_dbi dbi, MDB_cursor **cursor);
/// The first entry after `after` (the very first where that is null), its value unchecked.
int baji_db_next(MDB_cursor *cursor, const baji_db_key *after, baji_db_key *key, baji_db_value *value);

/// Gives the file blocks for the bytes `from..<to`, and at least that length; never makes it shorter. With `from` > 0, nothing is done to a
/// file that is long enough. 0 (also where the file system cannot do it), or an errno.
int baji_reserve(int descriptor, size_t from, size_t to);
#endif
