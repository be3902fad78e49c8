import Glibc

/// A file opened for reading, and closed when nobody holds this any more.
final class Descriptor: Sendable {
  let number: Int32

  init(path: String) throws(ZIPError) {
    number = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { throw ZIPError.system("The archive could not be opened") }
  }

  deinit { close(number) }
}
