import Glibc
import System

/// A file of the SHA-1 sums of passwords that were found in breaches, as Have I Been Pwned publishes it:
/// lines of 40 hexadecimal digits in ascending order, each followed by a colon and a count or by nothing,
/// that end with LF or CR LF.
///
/// It has some tens of gigabytes, so it is neither loaded nor mapped: a look-up halves it by pread(2) until a
/// few lines are left. The file stays open; another one in its place counts from the next start on.
package final class BreachedPasswords: Sendable {
  private let file: FileDescriptor
  private let size: Int

  /// A line has 40 digits, a colon, a count and CR LF; whatever is longer is none.
  private static let longestLine = 64
  /// How much is read at once and searched line by line.
  private static let block = 2_048
  private static let samples = 200

  /// Opens the file, and looks at samples of it.
  /// - Throws: `.breachedPasswords` where it can't be read, is empty, or where a sample is no such line or stands
  ///   before a smaller one.
  package init(path: String) throws(SecretsError) {
    file = FileDescriptor(rawValue: unsafe open(path, O_RDONLY | O_CLOEXEC))
    guard file.rawValue >= 0 else { throw Self.error("can't be read: \(SystemError.reason(errno))") }
    var status = stat()
    guard unsafe fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0
    else {
      throw Self.error("is no file, or an empty one")
    }
    size = Int(status.st_size)
    try checkSamples()
  }

  deinit { if file.rawValue >= 0 { close(file.rawValue) } }

  /// Whether the file has the password.
  /// - Throws: `.breachedPasswords` where the file can't be read any more, or has something else than such lines.
  package func contain(_ password: String) throws(SecretsError) -> Bool {
    let wanted = SHA1.hash(Array(password.utf8))
    // Both are beginnings of lines, or the end. What is wanted begins at neither before `low` nor from `high`
    // on.
    var (low, high) = (0, size)
    while high - low > Self.block {
      let middle = try lineStart(from: low + (high - low) / 2)
      let sum = try self.sum(at: middle)
      if sum == wanted { return true }
      if sum.lexicographicallyPrecedes(wanted) { low = middle } else { high = middle }
    }
    let lines = try read(high - low, at: low).split(separator: newline)
    for line in lines where try Self.sum(of: line) == wanted { return true }
    return false
  }

  private func checkSamples() throws(SecretsError) {
    var before: [UInt8] = []
    for number in 0...Self.samples {
      let place = number == 0 ? 0 : size / Self.samples * number
      let start = place == 0 ? 0 : try lineStart(from: min(place, size - 1))
      // The last place may be within the last line.
      if start >= size { break }
      let sum = try sum(at: start)
      guard !sum.lexicographicallyPrecedes(before) else { throw Self.error("is not sorted by the sums") }
      before = sum
    }
    // Nor may the first lines be out of order, where there are few.
    let first = try read(Self.block, at: 0).split(separator: newline)
    before = []
    for line in first.dropLast(size > Self.block ? 1 : 0) {
      let sum = try Self.sum(of: line)
      guard !sum.lexicographicallyPrecedes(before) else { throw Self.error("is not sorted by the sums") }
      before = sum
    }
  }

  /// The beginning of the first line from this place on, which may be the end of the file.
  private func lineStart(from place: Int) throws(SecretsError) -> Int {
    let bytes = try read(Self.longestLine, at: place)
    if let end = bytes.firstIndex(of: newline) { return place + end + 1 }
    guard place + bytes.count == size else { throw Self.error("has a line that is too long") }
    return size
  }

  private func sum(at start: Int) throws(SecretsError) -> [UInt8] {
    let bytes = try read(Self.longestLine, at: start)
    return try Self.sum(of: bytes.prefix { $0 != newline })
  }

  private func read(_ count: Int, at offset: Int) throws(SecretsError) -> [UInt8] {
    do {
      return try file.bytes(count, at: offset)
    } catch {
      throw Self.error("can't be read: \(error)")
    }
  }

  /// The sum of a line, as 20 bytes.
  private static func sum(of line: ArraySlice<UInt8>) throws(SecretsError) -> [UInt8] {
    var line = line
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    let digits = line.prefix(40).compactMap(value(ofDigit:))
    let rest = line.dropFirst(40)
    let hasCount =
      rest.first == UInt8(ascii: ":") && rest.count > 1
      && rest.dropFirst().allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    guard digits.count == 40, rest.isEmpty || hasCount else { throw error("has a line that is no SHA-1 sum") }
    return stride(from: 0, to: 40, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  private static func value(ofDigit digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }

  private static func error(_ what: String) -> SecretsError {
    SecretsError(code: .breachedPasswords, message: "the list of breached passwords \(what)")
  }
}

private let newline = UInt8(ascii: "\n")
