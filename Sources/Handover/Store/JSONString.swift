/// A text between quotes, as JSON writes it (RFC 8259, section 7).
///
/// - Parameter escapes: which other characters than must be are written by their numbers.
func jsonString(_ text: String, escapes: (Unicode.Scalar) -> Bool = { _ in false }) -> String {
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": quoted += "\\\""
    case "\\": quoted += "\\\\"
    case "\n": quoted += "\\n"
    case "\r": quoted += "\\r"
    case "\t": quoted += "\\t"
    case _ where scalar.value < 0x20 || escapes(scalar):
      let digits = String(scalar.value, radix: 16)
      quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: quoted.unicodeScalars.append(scalar)
    }
  }
  return quoted + "\""
}
