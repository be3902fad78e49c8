import System

extension ArchiveSummary {
  /// Reads the written file back, once and in order, and compares it with this summary: every byte by the
  /// CRC-32 of the whole, the records with each other and with the entries.
  /// - Parameter block: gets every byte, at most 256 KiB at a time, to hash it on the way, while another
  ///   thread computes the CRC.
  /// - Throws: `damaged` or `malformed` where the file is not what was written; `system`; what `block`
  ///   throws.
  package func verify(
    descriptor: Int32, limits: ArchiveLimits = .standard, _ block: (Span<UInt8>) throws -> Void
  ) throws {
    let file = ArchiveFile(descriptor: descriptor)
    guard try file.size() == size else {
      throw ZIPError(.damaged, "The archive does not have the size that was written")
    }
    guard try ReadBack(of: file, size: size).run(block) == crc32 else {
      throw ZIPError(.damaged, "The archive does not read back as it was written (CRC-32)")
    }
    let rules = ArchiveRules(form: .canonical(limits), maximumEntries: max(entries.count, 65_536))
    guard try ArchiveReader(descriptor: descriptor, rules: rules).entries.map(\.summary) == entries else {
      throw ZIPError(.damaged, "The archive's directory does not hold the entries that were written")
    }
  }
}

/// Reads a file once and in order on a thread of its own, which computes the CRC-32, some blocks ahead of the
/// caller that hashes them: hashing takes as long as reading and checking, and nothing else runs at the end
/// of an archive.
private final class ReadBack: @unchecked Sendable {
  private static let blockSize = 256 << 10
  private static let blocksAhead = 4

  private let file: ArchiveFile
  private let size: Int
  private let lock = Lock()
  private let moved: Condition
  private var blocks: [[UInt8]] = []
  private var crc = CRC32()
  private var failure: ZIPError?
  /// All is read, or one of the two threads has given up.
  private var isOver = false

  init(of file: ArchiveFile, size: Int) {
    self.file = file
    self.size = size
    moved = Condition(lock)
  }

  /// Hands over every byte.
  /// - Returns: the CRC-32 of all.
  /// - Throws: `malformed` where the file ends before; `system`; what `body` throws.
  func run(_ body: (Span<UInt8>) throws -> Void) throws -> UInt32 {
    let thread = try start()
    defer {
      end(nil)
      thread.join()
    }
    while let block = next() { try body(block.span) }
    if let failure { throw failure }
    return crc.value
  }

  private func start() throws(ZIPError) -> Thread {
    do throws(SystemError) {
      return try Thread(name: "read back") { self.readAll() }
    } catch {
      throw ZIPError("A thread could not be started", error)
    }
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

  /// - Returns: false when the caller wants no more.
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
    lock.withLock {
      isOver = true
      failure = failure ?? error
      moved.wakeAll()
    }
  }
}
