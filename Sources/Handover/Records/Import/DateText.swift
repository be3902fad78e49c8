/// A day, or a moment of one, as people and programs write it where nobody has said how: `2026/5/2`, `02.05.2026`,
/// `2 May 2026`, `2026-05-02T09:30:00+10:00`.
enum DateText {
  /// - Returns: nil for what is none, or could be two (`02/05/2026`).
  static func moment(_ text: String) -> (date: CalendarDate, time: DayTime)? {
    if let moment = reading(text, by: plain) { return moment }
    let readings = readings(text)
    return readings.count == 1 ? readings[0] : nil
  }

  /// The days that it could be, of two numbers before a year.
  static func readings(_ text: String) -> [(date: CalendarDate, time: DayTime)] {
    guard reading(text, by: plain) == nil else { return [] }
    var readings: [(date: CalendarDate, time: DayTime)] = []
    for forms in [DateForm.dayFirst, DateForm.monthFirst] {
      guard let found = reading(text, by: forms), !readings.contains(where: { $0.date == found.date }) else {
        continue
      }
      readings.append(found)
    }
    return readings
  }

  /// Whether there are parts of a second, which no export has.
  static func hasFraction(_ text: String) -> Bool {
    let behind = text.utf8.split(separator: UInt8(ascii: ":")).last?.drop { $0 != UInt8(ascii: ".") }
      .dropFirst()
    let digits = behind?.prefix { (0x30...0x39).contains($0) } ?? []
    return digits.contains { $0 != UInt8(ascii: "0") }
  }

  /// With points, the day stands first wherever it is written.
  private static let plain = DateForm.plain + [DateForm("d.m.yyyy")].compactMap { $0 }

  private static func reading(_ text: String, by forms: [DateForm]) -> (date: CalendarDate, time: DayTime)? {
    for form in forms {
      guard let (date, end) = form.date(in: text.utf8.span), let time = DayTime(text.utf8.span, from: end)
      else { continue }
      return (date, time)
    }
    return nil
  }
}
