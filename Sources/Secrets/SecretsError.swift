/// An error of this kit, in one line that says what to do.
package struct SecretsError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: Sendable {
    /// The password can't be hashed: it holds a NUL, or has `PasswordHasher.passwordLimit` bytes or more.
    case password
    /// Too many passwords are being hashed; try again later.
    case busy
    /// There was not enough memory to hash the password; try again later.
    case memory
    /// The list of breached passwords can't be read, or is none.
    case breachedPasswords
    /// The key file can't be read or written, or does not hold a key ring.
    case keyFile
  }

  package let code: Code
  package let message: String

  package var description: String { message }
}
