#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether this processor can look up sixteen bytes at once.
bool utf8_has_instructions(void);

/// How many bytes from the first on are whole characters of well-formed UTF-8 without NUL, as far as whole blocks
/// of 16 show: there may be a few more, for the caller to look at one by one. Call it only where
/// `utf8_has_instructions` says so; elsewhere it returns 0.
size_t utf8_valid(const uint8_t *bytes, size_t count);
