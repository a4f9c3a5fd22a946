// The guard that every call into LMDB's file runs under; see guard.c.
#ifndef BAJI_GUARDED_H
#define BAJI_GUARDED_H
#include <setjmp.h>

#include "CLMDB.h"

/// Where a fault of this thread jumps to; NULL outside guarded calls.
extern _Thread_local sigjmp_buf *volatile baji_db_guard __attribute__((visibility("hidden")));
/// Whose folder gets the mark of damage where a guarded call of this thread aborts; NULL for none.
extern _Thread_local MDB_env *volatile baji_db_guarded __attribute__((visibility("hidden")));

// `result` is set on both ways and nothing else changes after sigsetjmp, so no local needs to be volatile.
#define GUARDED_IN(env, call)                                              \
  sigjmp_buf here, *outer = baji_db_guard;                                 \
  MDB_env *outer_env = baji_db_guarded;                                    \
  int result;                                                              \
  if (sigsetjmp(here, 0) == 0) {                                           \
    baji_db_guarded = (env);                                               \
    baji_db_guard = &here;                                                 \
    result = (call);                                                       \
  } else {                                                                 \
    result = BAJI_DB_TRIPPED;                                              \
  }                                                                        \
  baji_db_guard = outer;                                                   \
  baji_db_guarded = outer_env;                                             \
  return result

#define GUARDED(call) GUARDED_IN(baji_db_guarded, call)
#endif
