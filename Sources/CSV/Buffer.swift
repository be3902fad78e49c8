/// Bytes that are appended at one end and taken in blocks at the other.
///
/// Room is reserved once a cell; `put` and `append` then write without looking. Both are only sound after a
/// `reserve` that covers them.
@safe
struct Buffer: ~Copyable {
  private(set) var end: UnsafeMutableRawPointer
  private var storage: UnsafeMutableRawPointer
  private var capacity: Int
  private var taken = 0
  private var drained = 0

  /// A field of many megabytes leaves a buffer of that size behind; emptied, it is cut back to this.
  private static let largestKept = 1 << 20

  init(capacity: Int) {
    self.capacity = max(capacity, 64)
    unsafe storage = .allocate(byteCount: self.capacity, alignment: 16)
    unsafe end = storage
  }

  deinit {
    unsafe storage.deallocate()
  }

  /// Bytes appended so far, drained or not.
  var written: Int { drained + used }

  /// Bytes that wait.
  var count: Int { used - taken }

  /// The bytes that wait.
  var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    get {
      let first = unsafe UnsafeRawPointer(storage + taken).assumingMemoryBound(to: UInt8.self)
      let span = unsafe Span(_unsafeStart: first, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  // MARK: Appending

  /// Makes sure that `count` more bytes fit.
  @inline(__always)
  mutating func reserve(_ count: Int) {
    if count > capacity - used { grow(by: count) }
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

  /// Takes bytes as appended that the caller has stored at `end`, or takes them back if `count` is negative.
  @inline(__always)
  mutating func advance(by count: Int) {
    unsafe end += count
  }

  // MARK: Emptying

  /// Forgets the bytes that wait.
  mutating func clear() {
    drained += used
    taken = 0
    unsafe end = storage
    if capacity > Self.largestKept { move(toCapacity: Self.largestKept) }
  }

  /// Moves as many of the bytes that wait as `target` has room for, and says how many.
  mutating func drain(into target: UnsafeMutableRawBufferPointer) -> Int {
    let moved = min(count, target.count)
    guard moved > 0, let destination = target.baseAddress else { return 0 }
    unsafe destination.copyMemory(from: storage + taken, byteCount: moved)
    taken += moved
    if count == 0 { clear() }
    return moved
  }

  // MARK: Storage

  private var used: Int {
    @inline(__always) get { unsafe end - storage }
  }

  @inline(never)
  private mutating func grow(by room: Int) {
    move(toCapacity: max(count + room, 2 * capacity))
  }

  private mutating func move(toCapacity newCapacity: Int) {
    let kept = count
    let new = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
    unsafe new.copyMemory(from: storage + taken, byteCount: kept)
    unsafe storage.deallocate()
    drained += taken
    taken = 0
    capacity = newCapacity
    unsafe storage = new
    unsafe end = new + kept
  }
}
