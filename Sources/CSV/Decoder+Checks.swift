/// What the machine refuses, beside the errors of the format itself.
extension Decoder {
  func checkFieldSize(_ count: Int) throws(CSVError) {
    guard count > limits.field else { return }
    throw CSVError(
      code: .fieldTooLarge,
      message:
        "The field is larger than \(limits.field) bytes. Shorten it, or close its quote if that is missing.",
      position: fieldPosition)
  }

  func checkRecordSize() throws(CSVError) {
    guard cursor - recordStart > limits.record else { return }
    throw CSVError(
      code: .recordTooLarge,
      message:
        "The record is larger than \(limits.record) bytes. Shorten it, or close its quote if that is missing.",
      position: cells.first?.position ?? fieldPosition)
  }

  /// The machine has read all that is UTF-8: says so if something else comes next.
  func checkDamage() throws(CSVError) {
    switch damage {
    case .end: return
    case .invalid: throw error(.invalidUTF8, "A character is not UTF-8. Save the file as UTF-8.", at: cursor)
    case .nul:
      throw error(.nul, "The file holds a NUL character. Remove it, or save the file as UTF-8.", at: cursor)
    }
  }

  func loneReturn() -> CSVError {
    error(
      .loneReturn, "A carriage return stands alone. End lines with CRLF or LF, or put the field in quotes.",
      at: cursor - 1)
  }

  func error(_ code: CSVError.Code, _ message: String, at place: Int) -> CSVError {
    CSVError(code: code, message: message, position: position(at: place))
  }

  /// The line and column of a place in the window.
  @inline(__always)
  func position(at place: Int) -> Position {
    Position(line: line, column: place - lineStart + 1)
  }
}
