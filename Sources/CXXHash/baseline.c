// XXH3 for every machine, and the choice between it and the AVX2 copy, made once.
#include "include/CXXHash.h"
#define SUFFIX baseline
#include "impl.h"
#include <stdlib.h>

#if defined(__x86_64__)
baji_hash128 baji_one_shot_avx2(const void *p, size_t n, const void *s, size_t sn);
void baji_update_avx2(void *state, const void *p, size_t n);
static int has_avx2(void) {
  static int known = -1;  // a race writes the same value twice
  if (known < 0) {
    __builtin_cpu_init();
    known = __builtin_cpu_supports("avx2") ? 1 : 0;
  }
  return known;
}
#endif

baji_hash128 baji_xxh3_128(const void *p, size_t n, const void *s, size_t sn) {
#if defined(__x86_64__)
  if (n > 240 && has_avx2()) return baji_one_shot_avx2(p, n, s, sn);
#endif
  return baji_one_shot_baseline(p, n, s, sn);
}

void *baji_xxh3_128_new(const void *secret, size_t secret_length) {
  XXH3_state_t *state = XXH3_createState();
  if (state == NULL) abort();  // 576 bytes: no memory at all
  XXH3_128bits_reset_withSecret(state, secret, secret_length);
  return state;
}

void baji_xxh3_128_update(void *state, const void *p, size_t n) {
#if defined(__x86_64__)
  if (has_avx2()) {
    baji_update_avx2(state, p, n);
    return;
  }
#endif
  baji_update_baseline(state, p, n);
}

baji_hash128 baji_xxh3_128_finish(void *state) {
  XXH128_hash_t h = XXH3_128bits_digest((XXH3_state_t *)state);
  XXH3_freeState((XXH3_state_t *)state);
  return (baji_hash128){h.low64, h.high64};
}
