/// Bytes that are appended, looked at together, and cleared.
///
/// `put` and `append` do not check that there is room: they are sound only after a `reserve` that covers
/// them, which the encoder does once for each cell.
@safe
struct Buffer: ~Copyable {
  private(set) var end: UnsafeMutableRawPointer
  private var storage: UnsafeMutableRawPointer
  private var capacity: Int
  private var cleared = 0

  /// A field of many megabytes leaves a buffer of that size behind; `clear` shrinks it to this.
  private static let largestKept = 1 << 20

  init(capacity: Int) {
    self.capacity = max(capacity, 64)
    unsafe storage = .allocate(byteCount: self.capacity, alignment: 16)
    unsafe end = storage
  }

  deinit {
    unsafe storage.deallocate()
  }

  /// How many bytes have been appended so far, including those cleared since.
  var written: Int { cleared + count }

  /// How many bytes wait.
  var count: Int {
    @inline(__always) get { unsafe end - storage }
  }

  /// The bytes that wait.
  var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      let first = unsafe UnsafeRawPointer(storage).assumingMemoryBound(to: UInt8.self)
      let span = unsafe Span(_unsafeStart: first, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  // MARK: Appending

  /// Makes sure that `count` more bytes fit.
  @inline(__always)
  mutating func reserve(_ count: Int) {
    if count > capacity - self.count { grow(by: count) }
  }

  @inline(__always)
  mutating func put(_ byte: UInt8) {
    unsafe end.storeBytes(of: byte, as: UInt8.self)
    unsafe end += 1
  }

  @inline(__always)
  mutating func append(_ source: UnsafeRawPointer, count: Int) {
    unsafe end.copyMemory(from: source, byteCount: count)
    unsafe end += count
  }

  /// Counts bytes as appended that the caller has stored at `end`; a negative `count` takes bytes back.
  @inline(__always)
  mutating func advance(by count: Int) {
    unsafe end += count
  }

  // MARK: Emptying

  /// Forgets the bytes that wait.
  mutating func clear() {
    cleared += count
    unsafe end = storage
    if capacity > Self.largestKept { move(toCapacity: Self.largestKept) }
  }

  // MARK: Storage

  @inline(never)
  private mutating func grow(by room: Int) {
    move(toCapacity: max(count + room, 2 * capacity))
  }

  private mutating func move(toCapacity newCapacity: Int) {
    let kept = count
    let new = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
    unsafe new.copyMemory(from: storage, byteCount: kept)
    unsafe storage.deallocate()
    capacity = newCapacity
    unsafe storage = new
    unsafe end = new + kept
  }
}
