#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether this processor can multiply without carry.
bool crc32_has_instructions(void);

/// Folds bytes into a CRC-32 (IEEE 802.3) by the processor's instructions: at least 64 of them and a multiple
/// of 16. `crc` is what zlib's `crc32` takes and returns. Call it only where `crc32_has_instructions` says
/// so; elsewhere it does nothing.
uint32_t crc32_fold(uint32_t crc, const uint8_t *bytes, size_t count);
