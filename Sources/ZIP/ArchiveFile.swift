import System

/// The file of an archive, read and written at positions. Whoever opened it closes it.
struct ArchiveFile {
  private let file: FileDescriptor
  /// Where the archive lies in it; nil where it is the whole.
  private var place: Range<Int>?

  init(descriptor: Int32) { file = FileDescriptor(rawValue: descriptor) }

  /// An archive within this one, for reading.
  func part(_ place: Range<Int>) -> ArchiveFile {
    var part = self
    let start = self.place?.lowerBound ?? 0
    part.place = place.lowerBound + start..<place.upperBound + start
    return part
  }

  /// In bytes.
  func size() throws(ZIPError) -> Int {
    if let place { return place.count }
    do { return try file.size() } catch { throw ZIPError("The archive's size could not be read", error) }
  }

  /// Writes all of the bytes at `offset`.
  func write(_ bytes: Span<UInt8>, at offset: Int) throws(ZIPError) {
    do { try file.write(bytes, at: offset) } catch {
      throw ZIPError("The archive could not be written", error)
    }
  }

  /// Cuts off what is behind `size`.
  func truncate(to size: Int) throws(ZIPError) {
    do { try file.truncate(to: size) } catch { throw ZIPError("The archive could not be cut", error) }
  }

  /// Reads exactly `count` bytes at `offset`.
  /// - Throws: `malformed` where the file ends before; `system`.
  func bytes(_ count: Int, at offset: Int) throws(ZIPError) -> [UInt8] {
    // Not filled with zeros first: whole archives are read back through here.
    let bytes = try [UInt8](capacity: count) { output throws(ZIPError) in
      try unsafe output.withUnsafeMutableBufferPointer { buffer, filled throws(ZIPError) in
        filled = try unsafe read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      }
    }
    guard bytes.count == count else { throw Self.cutOff }
    return bytes
  }

  /// Hands over the bytes between two offsets, at most 64 KiB at a time.
  /// - Throws: `malformed` where the file ends before; `system`; what `body` throws.
  func read(from start: Int, to end: Int, _ body: (Span<UInt8>) throws -> Void) throws {
    var buffer = [UInt8](repeating: 0, count: min(64 << 10, end - start))
    var offset = start
    while offset < end {
      let wanted = min(buffer.count, end - offset)
      guard try read(into: &buffer, at: offset) >= wanted else { throw Self.cutOff }
      try body(buffer.span.extracting(0..<wanted))
      offset += wanted
    }
  }

  private func read(into buffer: inout [UInt8], at offset: Int) throws(ZIPError) -> Int {
    var span = buffer.mutableSpan
    return try unsafe span.withUnsafeMutableBytes { buffer throws(ZIPError) in
      try unsafe read(into: buffer, at: offset)
    }
  }

  private func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ZIPError) -> Int {
    let rest = place.map { max(0, $0.count - offset) } ?? buffer.count
    let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(rest))
    do { return try unsafe file.read(into: part, at: offset + (place?.lowerBound ?? 0)) } catch {
      throw ZIPError("The archive could not be read", error)
    }
  }

  private static let cutOff = ZIPError(.malformed, "The archive is cut off")
}
