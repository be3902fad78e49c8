import Testing

@testable import Mail

@Suite("The date of a mail")
struct MailDateTests {
  @Test(
    "Dates are those of the calendar, in UTC",
    arguments: [
      (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (-1, "Wed, 31 Dec 1969 23:59:59 +0000"),
      (951_782_399, "Mon, 28 Feb 2000 23:59:59 +0000"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"),
      (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 +0000"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 +0000"),
      (1_777_714_200, "Sat, 02 May 2026 09:30:00 +0000"),
    ] as [(Int64, String)])
  func dates(moment: Int64, text: String) {
    #expect(mailDate(moment) == text)
  }
}
