// One copy of XXH3 for one instruction set; `SUFFIX` names it.
#define XXH_INLINE_ALL
#include <xxhash.h>
#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)
baji_hash128 PASTE(baji_one_shot_, SUFFIX)(const void *p, size_t n, const void *s, size_t sn) {
  XXH128_hash_t h = XXH3_128bits_withSecret(p, n, s, sn);
  return (baji_hash128){h.low64, h.high64};
}
void PASTE(baji_update_, SUFFIX)(void *state, const void *p, size_t n) {
  XXH3_128bits_update((XXH3_state_t *)state, p, n);
}
