/// A moment, in Unix seconds, as `Fri, 02 May 2026 09:30:00 +0000` (RFC 5322, 3.3).
func mailDate(_ moment: Int64) -> String {
  let (days, second) = floored(moment, by: 86_400)
  // The first day of Unix time was a Thursday.
  let weekday = weekdays[Int(floored(days + 4, by: 7).remainder)]
  let date = civilDate(days)
  let time = [second / 3600, second / 60 % 60, second % 60].map(twoDigits).joined(separator: ":")
  return "\(weekday), \(twoDigits(date.day)) \(months[Int(date.month) - 1]) \(date.year) \(time) +0000"
}

/// Counts in years that begin on the 1st of March, so that the leap day comes last and months have a fixed pattern:
/// 153 days in each five of them.
private func civilDate(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
  let (era, day) = floored(days + 719_468, by: 146_097)
  let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
  let dayOfYear = day - (365 * year + year / 4 - year / 100)
  let march = (5 * dayOfYear + 2) / 153
  let month = march < 10 ? march + 3 : march - 9
  return (era * 400 + year + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * march + 2) / 5 + 1)
}

private func floored(_ number: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
  let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
  return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}

private func twoDigits(_ number: Int64) -> String {
  number < 10 ? "0\(number)" : "\(number)"
}

private let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
private let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
