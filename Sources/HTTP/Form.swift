/// Names and values of a query or of a posted form: application/x-www-form-urlencoded, as the WHATWG URL
/// standard, section 5, reads and writes it.
///
/// Stricter than the standard where leniency has cost others dearly: bytes that are no UTF-8, NUL, and a name
/// that stands twice are errors, since whoever checks one reading and uses the other is deceived.
package struct Form: Sendable, Equatable {
  package struct Field: Sendable, Equatable {
    package let name: String
    package let value: String
  }

  /// More than any page of ours has, and few enough to compare each with each.
  package static let maximumFields = 100

  package internal(set) var fields: [Field]

  package init(_ pairs: KeyValuePairs<String, String> = [:]) {
    fields = pairs.map { Field(name: $0.key, value: $0.value) }
  }

  /// The value of that name, empty for a name without `=`, nil where the name is missing.
  package subscript(name: String) -> String? {
    for field in fields where field.name == name { return field.value }
    return nil
  }

  /// The same form with one more field at its end.
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
