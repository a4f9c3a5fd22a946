// XXH3 compiled for AVX2; `baseline.c` picks it where the processor has it.
#if defined(__x86_64__)
#include <immintrin.h>
#include "include/CXXHash.h"
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define XXH_VECTOR 2  // XXH_AVX2
#define SUFFIX avx2
#include "impl.h"
#pragma clang attribute pop
#endif
