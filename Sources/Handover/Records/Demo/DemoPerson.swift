/// Somebody who doesn't exist.
struct DemoPerson {
  let first: String
  let last: String
  let middle: String
  private let culture: DemoCulture

  init(_ generator: inout Generator) {
    // Every other one from the first culture.
    culture = generator.chance(50) ? DemoNames.cultures[0] : generator.pick(DemoNames.cultures)
    first = generator.pick(culture.given)
    last = generator.pick(culture.family)
    middle = generator.pick(culture.given)
  }

  func fullName(middle: String?) -> String {
    guard let middle, !culture.isFamilyFirst else { return culture.fullName(first, last) }
    return culture.fullName("\(first) \(middle)", last)
  }

  /// An address that can't exist (RFC 2606), made from the name where it has only ASCII letters.
  func email(_ number: Int) -> String {
    let name = "\(first).\(last)".lowercased()
    let isPlain = name.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2E }
    return isPlain ? "\(name)\(number)@example.com" : "client\(number)@example.org"
  }
}
