/// What the harness throws: a sentence that says what was expected and what was found.
struct HarnessError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
