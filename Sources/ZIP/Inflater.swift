import CZlib

/// Inflates one entry's raw deflate stream, piece by piece, through 64 KiB.
@safe final class Inflater {
  private static let capacity = 64 << 10
  /// zlib keeps a pointer back to it, so it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private let output: UnsafeMutablePointer<UInt8>
  private let entry: String
  private var isEnded = false

  /// - Parameter entry: the name, for errors.
  init(entry: String) throws(ZIPError) {
    self.entry = entry
    unsafe output = .allocate(capacity: Self.capacity)
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let result = unsafe inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard result == Z_OK else {
      unsafe stream.deallocate()
      unsafe output.deallocate()
      throw ZIPError(.compression, "zlib could not be started (result \(result))")
    }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
    unsafe output.deallocate()
  }

  /// Hands over what these bytes inflate to.
  /// - Throws: `damaged` where they are not a deflate stream, or go on after its end; what `body` throws.
  func add(_ bytes: Span<UInt8>, _ body: (Span<UInt8>) throws -> Void) throws {
    var used = 0
    while true {
      if isEnded {
        guard used == bytes.count else { throw damaged("Something follows the compressed content") }
        return
      }
      let step = try step(bytes.extracting(used...))
      used += step.used
      if step.made > 0 { try body(unsafe UnsafeBufferPointer(start: output, count: step.made).span) }
      // If the output is full, zlib may hold back more from input that it has already taken.
      if used == bytes.count, step.made < Self.capacity { return }
    }
  }

  /// Checks that the stream is complete.
  /// - Throws: `damaged`.
  func finish() throws(ZIPError) {
    guard isEnded else { throw damaged("The compressed content is cut off") }
  }

  private func step(_ bytes: Span<UInt8>) throws(ZIPError) -> (used: Int, made: Int) {
    var result = Z_OK
    unsafe bytes.withUnsafeBufferPointer { input in
      unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      unsafe stream.pointee.avail_in = UInt32(input.count)
      unsafe stream.pointee.next_out = output
      unsafe stream.pointee.avail_out = UInt32(Self.capacity)
      result = unsafe inflate(stream, Z_NO_FLUSH)
    }
    let used = unsafe bytes.count - Int(stream.pointee.avail_in)
    let made = unsafe Self.capacity - Int(stream.pointee.avail_out)
    isEnded = result == Z_STREAM_END
    // Without input, Z_BUF_ERROR only means that all of the output is out already.
    guard isEnded || result == Z_OK || result == Z_BUF_ERROR && bytes.count == 0 else {
      throw damaged("The compressed content is damaged")
    }
    return (used, made)
  }

  private func damaged(_ message: String) -> ZIPError { ZIPError(.damaged, message, entry: entry) }
}
