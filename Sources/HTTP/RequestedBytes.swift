/// Which bytes of a file the header field Range asks for, as nginx reads it (`ngx_http_range_parse`): more
/// leniently than RFC 9110, section 14.1.2.
package enum RequestedBytes: Equatable, Sendable {
  /// All of them, in a response with 200: there is no range, it has another unit, or the ranges together are
  /// longer than the file.
  case whole
  /// A response with 206 that holds the first byte.
  case fromTheFirst
  /// A response with 206 that doesn't.
  case later
  /// None: 416.
  case unsatisfiable

  /// - Parameters:
  ///   - range: the value of Range; nil where there is none.
  ///   - size: of the file, in bytes.
  package init(range: String?, size: Int) {
    guard let range, range.utf8.count > 6, range.lowercased().hasPrefix("bytes=") else {
      self = .whole
      return
    }
    var text = range.utf8.dropFirst(6)
    var starts: [Int] = []
    var total = 0
    repeat {
      guard let (start, end) = text.takeRange(of: size) else {
        self = .unsatisfiable
        return
      }
      if start < end {
        starts.append(start)
        total += end - start
      } else if start == 0 {
        self = .unsatisfiable
        return
      }
    } while text.popFirst() == UInt8(ascii: ",")
    if starts.isEmpty {
      self = .unsatisfiable
    } else if total > size {
      self = .whole
    } else {
      self = starts.contains(0) ? .fromTheFirst : .later
    }
  }
}

extension Substring.UTF8View {
  /// Takes one range, up to the comma behind it or the end: its first byte and the one behind its last.
  fileprivate mutating func takeRange(of size: Int) -> (start: Int, end: Int)? {
    skipBlanks()
    if first == UInt8(ascii: "-") {
      removeFirst()
      guard let length = takeNumber(), endsRange() else { return nil }
      return (Swift.max(0, size - length), size)
    }
    guard let start = takeNumber() else { return nil }
    skipBlanks()
    guard popFirst() == UInt8(ascii: "-") else { return nil }
    skipBlanks()
    if endsRange() { return (start, size) }
    guard let last = takeNumber(), endsRange() else { return nil }
    return (start, Swift.min(size, last + 1))
  }

  /// Nil where there is none, or where it is too large for any file.
  private mutating func takeNumber() -> Int? {
    let digits = prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    removeFirst(digits.count)
    let number = Int(Substring(digits))
    return number == .max ? nil : number
  }

  private mutating func endsRange() -> Bool {
    skipBlanks()
    return first == nil || first == UInt8(ascii: ",")
  }

  private mutating func skipBlanks() {
    while first == UInt8(ascii: " ") { removeFirst() }
  }
}
