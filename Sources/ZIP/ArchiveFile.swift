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

  private func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ZIPError) -> Int {
    let rest = place.map { max(0, $0.count - offset) } ?? buffer.count
    let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(rest))
    do { return try unsafe file.read(into: part, at: offset + (place?.lowerBound ?? 0)) } catch {
      throw ZIPError("The archive could not be read", error)
    }
  }

  private static let cutOff = ZIPError(.malformed, "The archive is cut off")
}
