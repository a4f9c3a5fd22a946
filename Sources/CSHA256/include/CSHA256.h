// SHA-256 (FIPS 180-4), block by block.
#ifndef BAJI_CSHA256_H
#define BAJI_CSHA256_H
#include <stddef.h>
#include <stdint.h>

/// Takes `count` blocks of 64 bytes into the eight words of a state.
void baji_sha256_blocks(uint32_t *state, const uint8_t *blocks, size_t count);
#endif
