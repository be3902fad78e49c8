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
      ("bytes=99999999999999999999-", .unsatisfiable), ("bytes=0-99999999999999999999", .unsatisfiable),
    ] as [(String?, RequestedBytes)])
  func spelling(range: String?, requested: RequestedBytes) {
    #expect(RequestedBytes(range: range, size: 1_000) == requested)
  }
}
