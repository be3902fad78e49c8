import Glibc

/// The beginning of what a program writes to its standard error; the rest is read and dropped, so that the program
/// never waits for a reader.
struct Complaint {
  private let pipe: Pipe
  private var bytes: [UInt8] = []
  private var isOver = false

  init(from pipe: Pipe) {
    self.pipe = pipe
  }

  /// Waits until there is something to read or the time is up, and reads some of it.
  mutating func wait(milliseconds: CInt) {
    // poll(2) passes over a descriptor of -1 and only waits: otherwise the end of the pipe would wake it each time.
    var what = pollfd(fd: isOver ? -1 : pipe.reading, events: Int16(POLLIN), revents: 0)
    if unsafe poll(&what, 1, milliseconds) > 0 { _ = read() }
  }

  /// Reads what is there once the program has ended, as far as it is kept.
  mutating func readRest() {
    while bytes.count < limit, read() {}
  }

  /// One line without control characters.
  var text: String {
    let scalars = String(decoding: bytes.prefix(limit), as: UTF8.self).unicodeScalars
    return scalars.split { $0.value <= 0x20 || $0.properties.generalCategory == .control }
      .map { String($0) }.joined(separator: " ")
  }

  private mutating func read() -> Bool {
    var part = [UInt8](repeating: 0, count: 4096)
    let count = unsafe part.withUnsafeMutableBytes {
      unsafe Glibc.read(pipe.reading, $0.baseAddress, $0.count)
    }
    if count > 0 {
      bytes += part.prefix(min(count, limit - bytes.count))
      return true
    }
    isOver = isOver || count == 0
    return false
  }
}

/// How many bytes of a complaint are kept.
private let limit = 500

/// A pipe whose reading end never blocks. Both ends are closed with it.
final class Pipe {
  let reading: CInt
  private(set) var writing: CInt

  /// Nil, with errno set, where there are no descriptors left.
  init?() {
    var ends: [CInt] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return nil }
    (reading, writing) = (ends[0], ends[1])
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(reading, F_SETFL, O_NONBLOCK)
  }

  deinit {
    close(reading)
    closeWriting()
  }

  /// So that the end of the pipe is seen once the program has closed its own.
  func closeWriting() {
    if writing >= 0 { close(writing) }
    writing = -1
  }
}
