import CSHA256

/// SHA-256 (FIPS 180-4): any number of bytes in any number of pieces in, 32 bytes out.
///
/// The processor's own instructions compute it where there are some (four times as fast), else plain C.
package struct SHA256: Sendable {
  /// What computes the rounds. Only the tests choose.
  enum Engine: Sendable, CaseIterable {
    /// The processor's instructions; where it has none, `portable` takes its place.
    case processor
    /// Plain C.
    case portable
  }

  private var state: InlineArray<8, UInt32> = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  /// The start of a block whose end has not come yet, `waitingCount` bytes of it, always fewer than 64.
  private var waiting = InlineArray<64, UInt8>(repeating: 0)
  private var waitingCount = 0
  private var total: UInt64 = 0
  private let usesInstructions: Bool

  package init() {
    self.init(engine: .processor)
  }

  init(engine: Engine) {
    usesInstructions = engine == .processor && hasInstructions
  }

  /// The hash of one run of bytes.
  package static func hash(_ bytes: [UInt8]) -> [UInt8] { hash(bytes, engine: .processor) }

  static func hash(_ bytes: [UInt8], engine: Engine) -> [UInt8] {
    var hash = SHA256(engine: engine)
    hash.update(bytes)
    return hash.finish()
  }

  /// Takes the next bytes. Whole blocks are hashed where they lie, without a copy.
  package mutating func update(_ bytes: Span<UInt8>) {
    total &+= UInt64(bytes.count)
    var taken = 0
    if waitingCount > 0 {
      taken = min(64 - waitingCount, bytes.count)
      keep(bytes.extracting(first: taken))
      if waitingCount == 64 {
        hashWaiting()
        waitingCount = 0
      }
    }
    let whole = (bytes.count - taken) / 64 * 64
    if whole > 0 {
      hashBlocks(bytes.extracting(taken..<taken + whole))
    }
    keep(bytes.extracting((taken + whole)...))
  }

  /// Takes the next bytes.
  package mutating func update(_ bytes: [UInt8]) {
    update(bytes.span)
  }

  /// The hash of everything taken: 32 bytes. The value is used up by it.
  package consuming func finish() -> [UInt8] {
    var last = self
    last.pad()
    var hash: [UInt8] = []
    hash.reserveCapacity(32)
    for index in 0..<8 {
      for shift in stride(from: 24, through: 0, by: -8) {
        hash.append(UInt8(truncatingIfNeeded: last.state[index] >> UInt32(shift)))
      }
    }
    return hash
  }

  /// The padding of section 5.1.1: one set bit, zeros up to eight bytes before the end of a block, the length
  /// in bits.
  private mutating func pad() {
    let bits = total &* 8
    waiting[waitingCount] = 0x80
    if waitingCount >= 56 {
      for index in waitingCount + 1..<64 { waiting[index] = 0 }
      hashWaiting()
      waitingCount = -1
    }
    for index in waitingCount + 1..<56 { waiting[index] = 0 }
    for index in 0..<8 {
      waiting[56 + index] = UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * index))
    }
    hashWaiting()
  }

  /// - Parameter blocks: a multiple of 64 bytes.
  private mutating func hashBlocks(_ blocks: Span<UInt8>) {
    let hash = unsafe usesInstructions ? sha256_blocks : sha256_blocks_portable
    var words = state.mutableSpan
    unsafe words.withUnsafeMutableBufferPointer { words in
      unsafe blocks.withUnsafeBufferPointer { bytes in
        unsafe hash(words.baseAddress, bytes.baseAddress, bytes.count / 64)
      }
    }
  }

  private mutating func hashWaiting() {
    let block = waiting
    hashBlocks(block.span)
  }

  private mutating func keep(_ bytes: Span<UInt8>) {
    for index in bytes.indices {
      waiting[waitingCount + index] = bytes[index]
    }
    waitingCount += bytes.count
  }
}

/// Found out once.
private let hasInstructions = sha256_has_instructions()
