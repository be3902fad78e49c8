#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether this processor has instructions for SHA-256. Takes microseconds on a virtual machine.
bool sha256_has_instructions(void);

/// Hashes whole blocks of 64 bytes into the state, by the processor's instructions.
/// Only to be called where `sha256_has_instructions` says so.
void sha256_blocks(uint32_t state[8], const uint8_t *bytes, size_t blocks);

/// The same on any processor, four times as slow.
void sha256_blocks_portable(uint32_t state[8], const uint8_t *bytes, size_t blocks);
