import CZlib

/// A thread's own zlib state, used for chunk after chunk of any archive.
@safe final class Deflater {
  /// zlib keeps a pointer back to it, so it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private var level: Int32 = 6

  init() throws(ZIPError) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // -15: the largest window; negative for raw deflate, without zlib's own frame. 8: the memory level of zip
    // and pigz.
    let result = unsafe deflateInit2_(
      stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard result == Z_OK else {
      unsafe stream.deallocate()
      throw ZIPError(.compression, "zlib could not be started (result \(result))")
    }
  }

  deinit {
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// - Parameter level: 1 (fast) to 9 (small).
  func compress(_ chunk: Chunk, level: Int32) throws(ZIPError) {
    guard unsafe deflateReset(stream) == Z_OK else {
      throw ZIPError(.compression, "zlib could not be reset")
    }
    if level != self.level {
      guard unsafe deflateParams(stream, level, Z_DEFAULT_STRATEGY) == Z_OK else {
        throw ZIPError(.compression, "zlib refused level \(level)")
      }
      self.level = level
    }
    try unsafe chunk.compress(with: stream)
  }
}
