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
/// A file of this name beside the database: who has it alone puts it aside.
#define BAJI_DB_DAMAGE_MARK "damaged"

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

/// Installs the handlers of SIGSEGV, SIGBUS and SIGABRT, once; signals from elsewhere go to whoever handled them before.
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

/// Looks at both heads of the data file in the folder, before LMDB does. 0 (also where there is no file yet, or an empty one), MDB_INVALID,
/// MDB_VERSION_MISMATCH or an errno.
int baji_db_check_header(const char *folder);

/// Looks at pages before LMDB writes into what it found there. One write transaction at a time.
typedef struct baji_db_checker baji_db_checker;

/// For tables with these names and keys of 16 bytes, known by their place in the list. `names` must outlive it; NULL names are passed over.
/// NULL where there is no memory.
baji_db_checker *baji_db_new_checker(const char *const *names, size_t count);
void baji_db_free_checker(baji_db_checker *checker);

/// All of these: 0, MDB_CORRUPTED, BAJI_DB_TRIPPED, or an errno that says nothing about the file.
/// After a write transaction has begun and before anything is done in it: the head, the free list, the list of tables.
int baji_db_check_begin(baji_db_checker *checker, MDB_env *env, MDB_txn *txn);
/// Before a put: the way to the key.
int baji_db_check_put(baji_db_checker *checker, size_t table, baji_db_key key);
/// Before a delete, which may join neighbours: everything, if not yet known to be sound.
int baji_db_check_delete(baji_db_checker *checker);
/// After the transaction, however it ended.
void baji_db_check_end(baji_db_checker *checker, int committed);

/// Gives the file blocks for the bytes `from..<to`, and at least that length; never makes it shorter. With `from` > 0, nothing is done to a
/// file that is long enough. 0 (also where the file system cannot do it), or an errno.
int baji_reserve(int descriptor, size_t from, size_t to);
#endif
