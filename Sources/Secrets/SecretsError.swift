/// What went wrong in this kit, as one line that says what to do.
package struct SecretsError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: Sendable {
    /// A password that can't be hashed: it holds a NUL, or has 512 bytes or more.
    case password
    /// Too many hash a password at this moment; to be tried again later.
    case busy
    /// The key file can't be read or written, or what stands in it is no key ring.
    case keyFile
  }

  package let code: Code
  package let message: String

  package var description: String { message }
}
