import System

/// Names and values of a query or of a posted form: application/x-www-form-urlencoded, as the WHATWG URL
/// standard, section 5, reads and writes it.
///
/// Stricter than the standard where leniency has cost others dearly: bytes that are not UTF-8, NUL, and a
/// name that appears twice are errors. A check of one of two values says nothing about the other.
package struct Form: Sendable, Equatable {
  package struct Field: Sendable, Equatable {
    package let name: String
    package let value: String
  }

  /// More fields than any of our pages has: a mapping has one for each column of the files.
  package static let maximumFields = 2_000

  /// In the order that they were sent in.
  package private(set) var fields: [Field]

  /// A form of our own, to be encoded: `["q": "Jürgen K", "page": "2"]`.
  package init(_ pairs: KeyValuePairs<String, String> = [:]) {
    fields = pairs.map { Field(name: $0.key, value: $0.value) }
  }

  /// The value of a name: empty for a name without `=`, nil where the name is missing.
  package subscript(name: String) -> String? {
    for field in fields where field.name.isSame(as: name) { return field.value }
    return nil
  }

  /// This form with one more field at its end.
  package func adding(_ name: String, _ value: String) -> Form {
    var form = self
    form.fields.append(Field(name: name, value: value))
    return form
  }

  /// The form as text for a query or a body: `q=J%C3%BCrgen+K&page=2`.
  package var encoded: String {
    var bytes: [UInt8] = []
    for field in fields {
      if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
      appendEncoded(field.name, to: &bytes)
      bytes.append(UInt8(ascii: "="))
      appendEncoded(field.value, to: &bytes)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

private func appendEncoded(_ text: String, to bytes: inout [UInt8]) {
  for byte in text.utf8 {
    if byte == UInt8(ascii: " ") {
      bytes.append(UInt8(ascii: "+"))
    } else {
      PercentEncoding.append(CollectionOfOne(byte), keeping: .form, to: &bytes)
    }
  }
}

// MARK: - Parsing

extension Form {
  /// Reads what a browser sends. A `%` that two hex digits do not follow stands for itself, as the standard
  /// says.
  /// - Throws: `invalidUTF8`, `nul`, `duplicateParameter` or `tooManyParameters`.
  package init(parsing bytes: some Collection<UInt8>) throws(HTTPError) {
    self.init()
    let bytes = Array(bytes)
    var names: Set<[UInt8]> = []
    var start = bytes.startIndex
    while start < bytes.endIndex {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "&")) ?? bytes.endIndex
      if start < end { try append(bytes[start..<end], &names) }
      start = end + 1
    }
  }

  /// - Parameter names: those of the fields so far, by their bytes.
  private mutating func append(
    _ pair: ArraySlice<UInt8>, _ names: inout Set<[UInt8]>
  ) throws(HTTPError) {
    let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
    let name = try decoded(pair[..<equals], in: "a parameter's name")
    let value = try decoded(pair[equals...].dropFirst(), in: "a parameter's value")
    guard names.insert(Array(name.utf8)).inserted else {
      throw HTTPError(.duplicateParameter, "a parameter is given twice")
    }
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
