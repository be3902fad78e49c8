import Testing

@testable import Handover

@Suite("Words for numbers and times")
struct WordingTests {
  @Test(
    "Numbers are grouped by thousands",
    arguments: [
      (0, "0"), (999, "999"), (1_000, "1,000"), (20_143, "20,143"), (1_048_576, "1,048,576"), (-12, "-12"),
      (-1_234, "-1,234"), (.max, "9,223,372,036,854,775,807"), (.min, "-9,223,372,036,854,775,808"),
    ])
  func numbers(number: Int, text: String) {
    #expect(Wording.grouped(number) == text)
  }

  @Test(
    "Sizes are in decimal units, as people's computers show them",
    arguments: [
      (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1_000, "1 kB"), (1_499, "1 kB"), (14_000, "14 kB"),
      (1_800_000, "1.8 MB"), (9_949_999, "9.9 MB"), (9_950_000, "10 MB"), (62_000_000, "62 MB"),
      (4_200_000_000, "4.2 GB"), (1_234_000_000_000, "1,234 GB"),
      (.max, "9,223,372,037 GB"), (.min, "-9,223,372,036,854,775,808 bytes"),
    ])
  func sizes(bytes: Int, text: String) {
    #expect(Wording.size(bytes) == text)
  }

  @Test(
    "A name that may be written from right to left is isolated, any other is left alone",
    arguments: [
      ("Maria Rossi", false), ("Zoë 山田", false), ("", false), ("محمد", true), ("שרה", true),
      ("Ali علي", true),
      ("ߒߞߏ", true), ("𞤀𞤣𞤢𞤥", true), ("ﷺ", true), ("a\u{202E}b", true), ("a\u{200F}b", true), ("🎉", false),
    ])
  func isolation(name: String, isIsolated: Bool) {
    let shown = Wording.isolated(name)
    #expect(Wording.isolated("Of \(shown).") == "Of \(shown).")
    #expect(shown == (isIsolated ? "\u{2068}\(Wording.unturned(name))\u{2069}" : name))
  }

  @Test(
    "In a sentence each run of letters from right to left is isolated, with the blanks within it",
    arguments: [
      ("Added a user: Mia King", "Added a user: Mia King"),
      ("Added a user: محمد علي (m@x.example), admin", "Added a user: [محمد علي] (m@x.example), admin"),
      ("“שרה” to “כהן”, 3", "“[שרה]” to “[כהן]”, 3"), ("محمد", "[محمد]"),
      ("a\u{202E}b محمد\u{2069}", "ab [محمد]"),
      ("محمد 3, علي", "[محمد] 3, [علي]"),
    ])
  func runs(sentence: String, expected: String) {
    let shown = expected.replacing("[", with: "\u{2068}").replacing("]", with: "\u{2069}")
    #expect(Wording.isolatingRuns(sentence) == shown)
  }

  @Test(
    "What turns text is left out of it, so that nothing gets out of its isolate",
    arguments: ["a\u{2069}\u{202E}b", "\u{2067}ab", "\u{2068}\u{202E}a\u{2069}b", "a\u{2069}b\u{2068}"])
  func escapes(name: String) {
    #expect(Wording.isolated(name) == "\u{2068}ab\u{2069}")
  }

  @Test(
    "Times are told from now, in the largest unit that fits",
    arguments: [
      (0, "just now"), (4, "just now"), (-4, "just now"), (5, "5 seconds ago"), (59, "59 seconds ago"),
      (60, "1 minute ago"), (89, "1 minute ago"), (90, "2 minutes ago"), (3_600, "1 hour ago"),
      (-86_400, "in 24 hours"), (-86_399, "in 24 hours"), (172_799, "48 hours ago"), (172_800, "2 days ago"),
      (200_000, "2 days ago"),
    ])
  func relativeTimes(secondsAgo: Int64, text: String) {
    let now = UnixTime(rawValue: 1_777_714_200)
    #expect(Wording.relative(now - .seconds(secondsAgo), to: now) == text)
  }

  @Test(
    "Exact times are those of the zone, which is named as people there write it",
    arguments: [
      ("Australia/Sydney", 1_767_230_999, "1 January 2026, 12:29:59 AEDT"),
      ("Australia/Sydney", 1_777_714_200, "2 May 2026, 19:30:00 AEST"),
      ("Australia/Perth", 1_777_714_200, "2 May 2026, 17:30:00 AWST"),
      ("Australia/Adelaide", 1_777_714_200, "2 May 2026, 19:00:00 ACST"),
      ("UTC", 1_777_714_200, "2 May 2026, 09:30:00 UTC"),
      ("Asia/Calcutta", 1_777_714_200, "2 May 2026, 15:00:00 GMT+5:30"),
      // Loud, wherever it is read.
      (
        "Nowhere/Nothing", 0,
        "1 January 1970, 00:00:00 UTC, as the time zone “Nowhere/Nothing” is not known here"
      ),
    ])
  func exactTimes(zone: String, time: Int64, text: String) {
    #expect(Zones().local(UnixTime(rawValue: time), in: zone).exact == text)
  }

  @Test("No time that a database can hold ends the program", arguments: [Int64.min, -1 << 60, 1 << 60, .max])
  func extremeTimes(time: Int64) {
    let extreme = UnixTime(rawValue: time)
    let now = UnixTime(rawValue: 1_777_714_200)
    let year = time < 0 ? "0000" : "9999"
    #expect(extreme.iso8601.hasPrefix(year))
    #expect(Zones().local(extreme, in: "Australia/Sydney").exact.contains(year))
    #expect(Wording.relative(extreme, to: now).hasSuffix(time < 0 ? "days ago" : "days"))
    #expect(Wording.relative(now, to: extreme).hasSuffix(time < 0 ? "days" : "days ago"))
    #expect(extreme + .days(1) >= extreme && extreme - .days(1) <= extreme)
    #expect((extreme - now < .zero) == (time < 0))
  }

  @Test(
    "A time for machines is ISO 8601 in UTC",
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"), (-1, "1969-12-31T23:59:59Z"),
    ])
  func machineTimes(time: Int64, text: String) {
    #expect(UnixTime(rawValue: time).iso8601 == text)
  }

  @Test("Zones are offered under the names of today, by offset, then by name")
  func zones() throws {
    #expect(
      Zones.current("Asia/Calcutta") == "Asia/Kolkata" && Zones.current("US/Eastern") == "America/New_York")
    #expect(Zones.current("Australia/Sydney") == "Australia/Sydney")
    for (former, current) in ZoneNames.renamed {
      #expect(ZoneNames.current.contains(current) && !ZoneNames.current.contains(former), "\(former)")
    }
    let choices = Zones().choices(at: UnixTime(rawValue: 1_777_714_200))
    let names = choices.flatMap(\.names)
    #expect(names.count > 400 && Set(names).count == names.count && names.contains("UTC"))
    #expect(
      names.contains("Asia/Kolkata") && !names.contains("Asia/Calcutta") && !names.contains("Europe/Kiev"))
    #expect(choices.first?.offset == "UTC−11:00" && choices.last?.offset == "UTC+14:00")
    let india = try #require(choices.first { $0.offset == "UTC+05:30" })
    #expect(india.names == ["Asia/Colombo", "Asia/Kolkata"])
    #expect(choices.allSatisfy { $0.names == $0.names.sorted() })
  }

  @Test("A zone that the system doesn't know is seen, one of before is known")
  func unknownZones() {
    #expect(Zones.isKnown("Asia/Calcutta") && Zones.isKnown("UTC") && !Zones.isKnown("Mars/Olympus"))
  }
}
