import Foundation

/// A domain as mail servers know it: a label with letters beyond ASCII in its `xn--` form (RFC 5890, 2.3.2.1).
///
/// Letters are brought to the small, composed form first, and the full stops of East Asia become dots, as browsers do
/// it (UTS #46, 4). - Returns: nil where a label has other signs than letters, marks, digits and hyphens.
func asciiDomain(_ text: Substring) -> String? {
  if text.utf8.allSatisfy({ $0 < 0x80 }) { return String(text) }
  // Each of them beyond ASCII: an address of more is refused before it costs anything.
  guard text.utf8.count <= 1_000 else { return nil }
  let mapped = text.lowercased().precomposedStringWithCompatibilityMapping
  let dots = mapped.unicodeScalars.map { $0.value == 0x3002 ? "." : $0 }
  var labels: [String] = []
  for label in dots.split(separator: ".", omittingEmptySubsequences: false) {
    if label.allSatisfy(\.isASCII) {
      labels.append(label.reduce(into: "") { $0.unicodeScalars.append($1) })
      continue
    }
    guard label.allSatisfy(isOfLabel), let first = label.first, !first.properties.generalCategory.isMark,
      label.first != "-", label.last != "-", !label.starts(with: "xn--".unicodeScalars)
    else { return nil }
    labels.append("xn--" + punycode(Array(label)))
  }
  return labels.joined(separator: ".")
}

private func isOfLabel(_ scalar: Unicode.Scalar) -> Bool {
  let category = scalar.properties.generalCategory
  if category.isMark { return true }
  return switch category {
  case .uppercaseLetter, .lowercaseLetter, .otherLetter, .modifierLetter, .decimalNumber: true
  default: scalar == "-"
  }
}

extension Unicode.GeneralCategory {
  fileprivate var isMark: Bool { self == .nonspacingMark || self == .spacingMark }
}

/// RFC 3492, 6.3, with the parameters of section 5. A label is short, so that nothing overflows.
func punycode(_ label: [Unicode.Scalar]) -> String {
  var output = label.filter(\.isASCII).map { Character($0) }
  let basic = output.count
  if basic > 0 { output.append("-") }
  var (next, delta, bias, done) = (UInt32(0x80), 0, 72, basic)
  while done < label.count {
    let least = label.lazy.map(\.value).filter { $0 >= next }.min() ?? next
    delta += Int(least - next) * (done + 1)
    next = least
    for scalar in label {
      if scalar.value < next { delta += 1 }
      guard scalar.value == next else { continue }
      var rest = delta
      for k in stride(from: 36, to: .max, by: 36) {
        let threshold = min(max(k - bias, 1), 26)
        if rest < threshold { break }
        output.append(digit(threshold + (rest - threshold) % (36 - threshold)))
        rest = (rest - threshold) / (36 - threshold)
      }
      output.append(digit(rest))
      bias = adapted(delta, done + 1, isFirst: done == basic)
      delta = 0
      done += 1
    }
    delta += 1
    next += 1
  }
  return String(output)
}

/// RFC 3492, 6.1.
private func adapted(_ delta: Int, _ points: Int, isFirst: Bool) -> Int {
  var (delta, k) = (delta / (isFirst ? 700 : 2), 0)
  delta += delta / points
  while delta > 455 {
    delta /= 35
    k += 36
  }
  return k + 36 * delta / (delta + 38)
}

/// a to z, then 0 to 9.
private func digit(_ value: Int) -> Character {
  Character(Unicode.Scalar(UInt8(value < 26 ? 0x61 + value : 0x30 + value - 26)))
}
