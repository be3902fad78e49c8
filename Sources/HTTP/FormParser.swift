extension Form {
  /// Reads what a browser sends. A `%` without two hex digits after it stands for itself, as the standard has
  /// it.
  ///
  /// - Throws: `invalidUTF8`, `nul`, `duplicateParameter` or `tooManyParameters`.
  package init(parsing bytes: some Collection<UInt8>) throws(HTTPError) {
    self.init()
    let bytes = Array(bytes)
    var start = bytes.startIndex
    while start < bytes.endIndex {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "&")) ?? bytes.endIndex
      if start < end { try append(bytes[start..<end]) }
      start = end + 1
    }
  }

  private mutating func append(_ pair: ArraySlice<UInt8>) throws(HTTPError) {
    let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
    let name = try decoded(pair[..<equals], in: "a parameter's name")
    let value = try decoded(pair[equals...].dropFirst(), in: "a parameter's value")
    guard self[name] == nil else { throw HTTPError(.duplicateParameter, "a parameter is given twice") }
    guard fields.count < Form.maximumFields else {
      throw HTTPError(.tooManyParameters, "more than \(Form.maximumFields) parameters")
    }
    fields.append(Field(name: name, value: value))
  }
}

private func decoded(_ bytes: ArraySlice<UInt8>, in place: String) throws(HTTPError) -> String {
  var decoded: [UInt8] = []
  decoded.reserveCapacity(bytes.count)
  var index = bytes.startIndex
  while index < bytes.endIndex {
    switch bytes[index] {
    case UInt8(ascii: "+"):
      decoded.append(UInt8(ascii: " "))
    case UInt8(ascii: "%"):
      guard let byte = PercentEncoding.byte(at: index, of: bytes) else { fallthrough }
      decoded.append(byte)
      index += 2
    default:
      decoded.append(bytes[index])
    }
    index += 1
  }
  return try PercentEncoding.text(decoded, in: place)
}
