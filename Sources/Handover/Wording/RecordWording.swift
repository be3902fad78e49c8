/// How pages write what records hold.
extension Wording {
  /// `AUD 650,000`, `AUD 1,234.50`.
  ///
  /// - Parameter currency: an ISO 4217 code, or whatever stands there.
  static func amount(_ hundredths: Int64, _ currency: String?) -> String {
    let number = decimal(hundredths, scale: 2, shortest: hundredths.isMultiple(of: 100) ? 0 : 2)
    guard let currency, !currency.isEmpty else { return number }
    return "\(currency)\u{A0}\(number)"
  }

  /// `5.89%`, of ten-thousandths.
  static func percent(_ tenThousandths: Int64) -> String {
    decimal(tenThousandths, scale: 4, shortest: 2) + "%"
  }

  /// `2 May 2026`, of `2026-05-02`; another text stays as it is.
  static func day(_ date: String) -> String {
    let parts = date.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2],
      months.indices.contains(month - 1)
    else { return date }
    return "\(day)\u{A0}\(months[month - 1])\u{A0}\(year)"
  }

  static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
  ]

  private static func decimal(_ number: Int64, scale: Int, shortest: Int) -> String {
    var whole = number.magnitude
    var digits = ""
    for _ in 0..<scale {
      digits = "\(whole % 10)" + digits
      whole /= 10
    }
    while digits.utf8.count > shortest, digits.last == "0" { digits.removeLast() }
    let text = grouped(Int(clamping: whole)) + (digits.isEmpty ? "" : "." + digits)
    return number < 0 ? "-" + text : text
  }
}
