/// An error of the tests' own tools: a sentence that says what was expected and what was found.
public struct HarnessError: Error, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}
