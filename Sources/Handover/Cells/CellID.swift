/// One of the data folders that make one site together: each has its own database, and is served by a process of its own.
struct CellID: Sendable, Hashable {
  let name: String
  /// From which the ids of its organisations are made, so that an id is one in all cells.
  let number: Int64

  /// So many that no id is larger than `Identifier.largest`.
  static let numbers: ClosedRange<Int64> = 0...(1 << 21) - 1

  init?(name: String, number: Int64) {
    guard Self.isName(name), Self.numbers.contains(number) else { return nil }
    self.name = name
    self.number = number
  }

  /// Reads `NAME:NUMBER`.
  init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int64(parts[1]), String(number) == parts[1] else { return nil }
    self.init(name: String(parts[0]), number: number)
  }

  /// Whether a cell may be called so: its name is that of a folder, of a unit and of a socket, and stands in cookies and
  /// links. `handover.sock` is that of a machine without cells.
  static func isName(_ text: String) -> Bool {
    text.wholeMatch(of: /[a-z][a-z0-9-]{0,31}/) != nil && text != "handover"
  }

  /// The ids that its organisations get.
  var organisations: ClosedRange<Int64> { number << 32 | 1...number << 32 | 0xFFFF_FFFF }
}

extension CellID: CustomStringConvertible {
  /// As the variable has it.
  var description: String { "\(name):\(number)" }
}
