import Testing

@testable import Handover

@Suite("Days of the calendar")
struct CalendarDayTests {
  @Test(
    "Only days that there are, in one spelling",
    arguments: [
      "2026-02-29", "2026-2-03", "2026-00-10", "2026-01-32", "02-05-2026", "2026-05-02 ", "+026-05-02",
      "2026-05--2", "",
      "2026/05/02", "٢٠٢٦-٠٥-٠٢", "99999-1-01",
    ])
  func wrong(_ text: String) {
    #expect(CalendarDay(text) == nil)
  }

  @Test(
    "A day begins at its first moment in the zone, whatever the clocks do then",
    arguments: [
      ("2026-05-02", "Australia/Sydney", "2026-05-01T14:00:00Z"),
      ("2024-02-29", "UTC", "2024-02-29T00:00:00Z"),
      ("2026-05-02", "Asia/Kathmandu", "2026-05-01T18:15:00Z"),
      ("2026-05-02", "Pacific/Kiritimati", "2026-05-01T10:00:00Z"),
      ("2026-05-02", "Etc/GMT+12", "2026-05-02T12:00:00Z"),
      // The clocks are moved on at midnight, so that the day begins at one.
      ("2026-09-06", "America/Santiago", "2026-09-06T04:00:00Z"),
      ("2026-10-25", "Europe/Berlin", "2026-10-24T22:00:00Z"),
      ("1970-01-01", "America/New_York", "1970-01-01T05:00:00Z"),
    ])
  func start(_ day: String, _ zone: String, _ expected: String) throws {
    let zones = Zones()
    #expect(try #require(CalendarDay(day)).start(in: zone, zones).iso8601 == expected)
  }
}
