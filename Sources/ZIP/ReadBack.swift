/// Reads a file once and in order on a thread of its own, which takes the CRC-32, some blocks ahead of whoever uses the
/// bytes: hashing takes as long as reading and checking, and nothing else runs at the end of an archive.
final class ReadBack: @unchecked Sendable {
  private static let blockSize = 256 << 10
  private static let blocksAhead = 4

  private let file: File
  private let size: Int
  private let lock = Lock()
  private let moved: Condition
  private var blocks: [[UInt8]] = []
  private var crc = CRC32()
  private var failure: ZIPError?
  /// All is read, or one of both wants no more.
  private var isOver = false

  init(of file: File, size: Int) {
    self.file = file
    self.size = size
    moved = Condition(lock)
  }

  /// Hands over every byte, and returns the CRC-32 of all. Throws what `body` throws, and `.malformed` where the file
  /// ends before.
  func run(_ body: (Span<UInt8>) throws -> Void) throws -> UInt32 {
    let thread = try Thread(name: "read back", niceness: 0) { self.readAll() }
    defer {
      end(nil)
      thread.join()
    }
    while let block = next() { try body(block.span) }
    if let failure { throw failure }
    return crc.value
  }

  private func readAll() {
    do throws(ZIPError) {
      var offset = 0
      while offset < size {
        let block = try file.bytes(min(Self.blockSize, size - offset), at: offset)
        crc.add(block.span)
        guard pass(on: block) else { return }
        offset += block.count
      }
      end(nil)
    } catch {
      end(error)
    }
  }

  /// - Returns: false when nobody wants it.
  private func pass(on block: [UInt8]) -> Bool {
    lock.lock()
    defer { lock.unlock() }
    while blocks.count == Self.blocksAhead, !isOver { moved.wait() }
    if isOver { return false }
    blocks.append(block)
    moved.wakeAll()
    return true
  }

  /// The next block, nil after the last.
  private func next() -> [UInt8]? {
    lock.lock()
    defer { lock.unlock() }
    while blocks.isEmpty, !isOver { moved.wait() }
    guard failure == nil, !blocks.isEmpty else { return nil }
    moved.wakeAll()
    return blocks.removeFirst()
  }

  private func end(_ error: ZIPError?) {
    lock.holding {
      isOver = true
      failure = failure ?? error
      moved.wakeAll()
    }
  }
}
