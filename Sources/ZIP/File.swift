import Glibc

/// A descriptor that somebody else opened and will close, read and written at positions.
struct File {
  let descriptor: Int32

  /// In bytes.
  func size() throws(ZIPError) -> Int {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw ZIPError.system("The archive's size could not be read")
    }
    return Int(status.st_size)
  }

  /// Writes all of the bytes at `offset`, however often the system takes only some of them.
  func write(_ bytes: Span<UInt8>, at offset: Int) throws(ZIPError) {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.extracting(done...).withUnsafeBytes { buffer in
        unsafe pwrite(descriptor, buffer.baseAddress, buffer.count, off_t(offset + done))
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw ZIPError.system("The archive could not be written")
      }
      done += count
    }
  }

  /// Reads exactly `count` bytes at `offset`. Throws `.malformed` where the file ends before.
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

  /// Hands over the bytes between two offsets, at most 64 KiB at a time. Throws `.malformed` where the file
  /// ends before.
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

  /// Waits until all that was written is on the disk.
  func sync() throws(ZIPError) {
    guard fsync(descriptor) == 0 else { throw ZIPError.system("The archive could not be put on the disk") }
  }

  private func read(into buffer: inout [UInt8], at offset: Int) throws(ZIPError) -> Int {
    var span = buffer.mutableSpan
    return try unsafe span.withUnsafeMutableBytes { buffer throws(ZIPError) in
      try unsafe read(into: buffer, at: offset)
    }
  }

  /// Reads from `offset` until `buffer` is full or the file ends; returns the number of bytes read.
  private func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ZIPError) -> Int {
    var done = 0
    while done < buffer.count {
      let count = unsafe pread(
        descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset + done))
      if count < 0 {
        if errno == EINTR { continue }
        throw ZIPError.system("The archive could not be read")
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  private static let cutOff = ZIPError(.malformed, "The archive is cut off")
}
