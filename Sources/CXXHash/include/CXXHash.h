// XXH3-128 with a caller's own secret, one-shot and streaming.
#ifndef BAJI_CXXHASH_H
#define BAJI_CXXHASH_H
#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint64_t low;
  uint64_t high;
} baji_hash128;

/// XXH3-128 of `length` bytes under a secret of `secret_length` (at least 136) bytes.
baji_hash128 baji_xxh3_128(const void *bytes, size_t length, const void *secret, size_t secret_length);

/// A streaming state. Create, update any number of times, finish (which frees it).
void *baji_xxh3_128_new(const void *secret, size_t secret_length);
void baji_xxh3_128_update(void *state, const void *bytes, size_t length);
baji_hash128 baji_xxh3_128_finish(void *state);
#endif
