import HTTP
import Testing

@Suite("Which bytes a Range asks for") struct RequestedBytesTests {
  /// As nginx 1.22 answered each of them for a file of 1,000 bytes.
  @Test(
    "Each spelling is taken as nginx takes it",
    arguments: [
      (nil, .whole), ("", .whole), ("bytes=", .whole), ("items=0-5", .whole), ("bytes=1-,1-,1-,0-", .whole),
      ("bytes=1-,1-", .whole), ("bytes=0-", .fromTheFirst), ("bytes=0-0", .fromTheFirst),
      ("bytes=00-", .fromTheFirst), ("bytes= 0-", .fromTheFirst), ("BYTES=0-", .fromTheFirst),
      ("bytes=0 - 5", .fromTheFirst), ("bytes=-99999", .fromTheFirst), ("bytes=-1000", .fromTheFirst),
      ("bytes=5-9,0-4", .fromTheFirst), ("bytes=0-0,5-", .fromTheFirst), ("bytes=5-", .later),
      ("bytes=-999", .later), ("bytes=999-", .later), ("bytes=1-2,2000-", .later),
      ("bytes=nonsense", .unsatisfiable),
      ("bytes=-0", .unsatisfiable), ("bytes=5-2", .unsatisfiable), ("bytes=,0-", .unsatisfiable),
      ("bytes=5-,", .unsatisfiable), ("bytes=5-9,x", .unsatisfiable), ("bytes=2000-", .unsatisfiable),
      ("bytes=99999999999999999999-", .unsatisfiable), ("bytes=-9223372036854775808", .unsatisfiable),
      ("bytes=-9223372036854775807", .fromTheFirst), ("bytes=0-9223372036854775807", .fromTheFirst),
      ("bytes=9223372036854775807-", .unsatisfiable), ("bytes=1-9223372036854775807", .later),
      ("bytes=0-0,1-", .fromTheFirst), ("bytes=1-,0-0", .fromTheFirst), ("bytes=1-", .later),
      ("bytes=\u{301}0-", .unsatisfiable), ("bytes=\t0-", .unsatisfiable), ("byteſ=0-", .whole),
      ("bytes =0-", .whole), ("bytes=0-5;", .unsatisfiable), ("bytes=000000000000000000000001-", .later),
      ("bytes=0-99999999999999999999", .unsatisfiable),
    ] as [(String?, RequestedBytes)])
  func spelling(range: String?, requested: RequestedBytes) {
    #expect(RequestedBytes(range: range, size: 1_000) == requested)
  }

  private static let tag = "\"69f5-3e8\""
  private static let date = "Sat, 02 May 2026 09:30:00 GMT"

  @Test(
    "Conditions are taken as nginx takes them, or no bytes are sent at all",
    arguments: [
      ([:], .whole), (["If-None-Match": tag], .notModified), (["If-None-Match": "W/\(tag)"], .notModified),
      (["If-None-Match": "*"], .notModified), (["If-None-Match": "\"x\", \(tag)"], .notModified),
      (["If-None-Match": "\"x\""], .whole), (["If-None-Match": "\"x\"", "If-Modified-Since": date], .whole),
      (["If-None-Match": tag, "Range": "bytes=0-"], .notModified),
      (["If-Modified-Since": date], .notModified),
      (["If-Modified-Since": "Sun, 03 May 2026 09:30:00 GMT"], .notModified),
      (["If-Modified-Since": "Sat, 02 May 2026 09:29:59 GMT"], .whole),
      (["If-Modified-Since": "yesterday"], .whole),
      (["If-Match": tag], .whole), (["If-Match": "*"], .whole), (["If-Match": "\"x\""], .preconditionFailed),
      (["If-Match": "W/\(tag)"], .preconditionFailed), (["If-Match": "\"x\",\t\(tag)"], .whole),
      (["If-Unmodified-Since": date], .whole),
      (["If-Unmodified-Since": "Sat, 02 May 2026 09:29:59 GMT"], .preconditionFailed),
      (["If-Unmodified-Since": "Saturday, 02-May-26 09:30:00 GMT"], .preconditionFailed),
      (["If-Match": tag, "If-Unmodified-Since": "never"], .preconditionFailed),
      (["If-Unmodified-Since": "Mon, 29 Feb 2027 00:00:00 GMT"], .preconditionFailed),
      (["If-Unmodified-Since": "Fri, 31 Dec 2027 00:00:00 GMT"], .whole),
      (["If-Unmodified-Since": "Sat, 31 Jul 2027 00:00:00 GMT"], .whole),
      (["If-Unmodified-Since": "Tue, 29 Feb 2028 00:00:00 GMT"], .whole),
      (["If-Unmodified-Since": "Sat, 31 Jun 2027 00:00:00 GMT"], .preconditionFailed),
      (["Range": "bytes=5-", "If-Range": tag], .later), (["Range": "bytes=5-", "If-Range": date], .later),
      (["Range": "bytes=5-", "If-Range": "\"x\""], .whole),
      (["Range": "bytes=5-", "If-Range": "W/\(tag)"], .whole),
      (["Range": "bytes=5-", "If-Range": "Sat, 02 May 2026 09:30:01 GMT"], .whole),
      (["Range": "bytes=5-", "If-Range": ""], .whole), (["Range": "bytes=2000-"], .unsatisfiable),
    ] as [([String: String], RequestedBytes)])
  func conditions(fields: [String: String], requested: RequestedBytes) throws {
    var headers = Headers()
    for (name, value) in fields { headers.append(try #require(Headers.Name(name)), value) }
    #expect(RequestedBytes(headers, tag: Self.tag, modifiedAt: 1_777_714_200, size: 1_000) == requested)
  }

  @Test("Dates of leap years and of other months are the seconds that they say")
  func dates() {
    for (text, seconds) in [
      ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
      ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799), ("Wed, 31 Dec 2025 00:00:00 GMT", 1_767_139_200),
    ] {
      var headers = Headers()
      headers.append("If-Modified-Since", text)
      func isModified(since modifiedAt: Int64) -> Bool {
        RequestedBytes(headers, tag: "", modifiedAt: modifiedAt, size: 9) == .whole
      }
      #expect(!isModified(since: Int64(seconds)) && isModified(since: Int64(seconds) + 1), "\(text)")
    }
  }
}
