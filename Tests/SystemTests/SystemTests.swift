import Testing

/// All tests that start the binary, nginx or a browser: one after the other, as they share two cores. `Scripts/test` has
/// two such runs at once.
@Suite(.serialized)
enum SystemTests {}
