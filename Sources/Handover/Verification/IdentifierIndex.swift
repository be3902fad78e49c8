/// The ids of a file, in their order, and what other files repeat of each record.
struct IdentifierIndex {
  private(set) var ids: [Int64] = []
  /// Marks of what the records are called.
  private(set) var names: [UInt32] = []
  /// Marks of the users' e-mail addresses.
  private(set) var emails: [UInt32] = []

  /// - Parameter id: larger than all before.
  mutating func append(_ id: Int64, name: Int64, email: Int64?) {
    ids.append(id)
    names.append(UInt32(truncatingIfNeeded: name))
    if let email { emails.append(UInt32(truncatingIfNeeded: email)) }
  }

  func place(of id: Int64) -> Int? { ids.place(ofAscending: id) }
}

/// Marks: 32 bits that stand for something longer, enough to see that two differ.
enum Mark {
  /// The mark of a text (FNV-1a); 0 is that of the empty one.
  static func text(_ text: Span<UInt8>) -> Int64 {
    if text.isEmpty { return 0 }
    var hash: UInt32 = 0x811C_9DC5
    for index in text.indices { hash = (hash ^ UInt32(text[index])) &* 0x0100_0193 }
    return Int64(max(hash, 1))
  }

  /// The mark of a list of ids that had the mark `list`, with one more at its end; 0 is that of the empty list.
  static func list(_ list: UInt32, appending id: Int64) -> UInt32 {
    let mixed = UInt64(list) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(bitPattern: id) &* 0xBF58_476D_1CE4_E5B9
    return max(UInt32(truncatingIfNeeded: mixed >> 29), 1)
  }
}
