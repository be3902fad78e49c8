import CZlib
import Glibc

/// One place in an archive's ring: a piece of an entry, the text before it, and room for its compressed form. Of an
/// entry that is stored, the piece itself is that form.
///
/// One thread at a time owns it; the ring decides which.
@safe final class Chunk {
  /// Bytes of input in a full chunk. Half as many would halve the memory, but take 2 percent more processor
  /// time: each chunk reads its dictionary again.
  static let capacity = 512 << 10
  /// How far back deflate can refer (RFC 1951, section 2).
  private static let window = 32 << 10
  /// Room for input that does not compress, and for the flush at its end.
  private static let compressedCapacity = Int(compressBound(UInt(capacity))) + 64

  /// The window before the chunk, then the chunk.
  private let input: UnsafeMutablePointer<UInt8>
  private let output: UnsafeMutablePointer<UInt8>
  private(set) var historyCount = 0
  private(set) var count = 0
  private(set) var compressedCount = 0

  /// The entry's name, and whether the chunk begins or ends it.
  private(set) var entry = ""
  private(set) var isFirst = false
  var isLast = false
  private(set) var isStored = false
  /// CRC-32 of the input and of the compressed form.
  private(set) var crc: UInt32 = 0
  private(set) var compressedCRC: UInt32 = 0

  init() {
    unsafe input = .allocate(capacity: Self.window + Self.capacity)
    unsafe output = .allocate(capacity: Self.compressedCapacity)
  }

  deinit {
    unsafe input.deallocate()
    unsafe output.deallocate()
  }

  var isFull: Bool { count == Self.capacity }

  var compressed: Span<UInt8> {
    @_lifetime(borrow self) get {
      let start = unsafe isStored ? input + Self.window : output
      let buffer = unsafe UnsafeBufferPointer(start: start, count: compressedCount)
      return unsafe _overrideLifetime(buffer.span, borrowing: self)
    }
  }

  /// Empties it for the first piece of an entry.
  func restart(entry: String, isStored: Bool = false) {
    self.entry = entry
    self.isStored = isStored
    historyCount = 0
    count = 0
    isFirst = true
    isLast = false
  }

  /// Empties it for the piece after `previous`, which is full.
  func restart(after previous: Chunk) {
    restart(entry: previous.entry, isStored: previous.isStored)
    isFirst = false
    if isStored { return }
    historyCount = Self.window
    unsafe memcpy(input, previous.input + Self.capacity, Self.window)
  }

  /// Copies as many of the bytes as there is room for.
  /// - Returns: how many those were.
  func append(_ bytes: Span<UInt8>) -> Int {
    let fitting = min(bytes.count, Self.capacity - count)
    unsafe bytes.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      unsafe memcpy(input + Self.window + count, start, fitting)
    }
    count += fitting
    return fitting
  }

  /// Fills the compressed form: raw deflate that refers back into the window and ends on a byte border; or the piece as
  /// it is.
  func compress(with stream: UnsafeMutablePointer<z_stream>) throws(ZIPError) {
    let text = unsafe input + Self.window
    if isStored {
      crc = unsafe crc32(of: UnsafeBufferPointer(start: text, count: count))
      (compressedCount, compressedCRC) = (count, crc)
      return
    }
    if historyCount > 0 {
      let history = unsafe text - historyCount
      guard unsafe deflateSetDictionary(stream, history, UInt32(historyCount)) == Z_OK else {
        throw ZIPError(.compression, "zlib refused the dictionary")
      }
    }
    unsafe stream.pointee.next_in = text
    unsafe stream.pointee.avail_in = UInt32(count)
    unsafe stream.pointee.next_out = output
    unsafe stream.pointee.avail_out = UInt32(Self.compressedCapacity)
    let result = unsafe deflate(stream, isLast ? Z_FINISH : Z_SYNC_FLUSH)
    // Without room left over, the flush may be unfinished.
    guard result == (isLast ? Z_STREAM_END : Z_OK), unsafe stream.pointee.avail_in == 0,
      unsafe stream.pointee.avail_out > 0
    else { throw ZIPError(.compression, "zlib could not compress a chunk (result \(result))") }
    compressedCount = unsafe Self.compressedCapacity - Int(stream.pointee.avail_out)
    crc = unsafe crc32(of: UnsafeBufferPointer(start: text, count: count))
    compressedCRC = unsafe crc32(of: UnsafeBufferPointer(start: output, count: compressedCount))
  }
}
