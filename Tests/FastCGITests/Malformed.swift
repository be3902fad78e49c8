/// What a server mustn't stumble over.
enum Malformed {
  /// Whole requests that say too little, or too much, and the status that each gets.
  static let requests: [([UInt8], Int)] = [
    (Records.beginning + Records.parameters([("REQUEST_METHOD", "GET")]) + Records.body([]), 500),
    (Records.beginning + Records.parameters([]) + Records.body([]), 500),
    (Records.request("", "/"), 500),
    (Records.request("POST", "/", [("CONTENT_LENGTH", "-1")]), 400),
    (Records.request("POST", "/", [("CONTENT_LENGTH", "99999999999999999999")]), 400),
    (Records.request("GET", "/", (0...200).map { ("HTTP_X\($0)", "") }), 431),
    (
      Records.request("GET", "/", (0..<9).map { ("HTTP_X\($0)", String(repeating: "x", count: 8000)) }), 431
    ),
  ]

  /// What ends before it is a request, or never was one.
  static let records: [[UInt8]] = [
    [], [1], [1, 1, 0, 1], [UInt8](repeating: 0, count: 64), [UInt8](repeating: 255, count: 9000),
    Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8),
    Records.beginning,
    Records.record(1, [0, 99, 0, 0, 0, 0, 0, 0]),
    Records.record(1, [0, 1, 0, 0, 0, 0, 0, 0], version: 9),
    Records.record(1, [0, 1]),
    Records.record(77, [1, 2, 3]),
    Records.record(5, [1, 2, 3]),
    Records.beginning + Records.record(4, [5, 5, 65]),
    Records.beginning + Records.record(4, [5, 5, 65]) + Records.record(4, []),
    Records.beginning + Records.record(4, [1, 1, 65, 66]),
    Records.beginning + Records.record(4, [0x80, 0xFF]) + Records.record(4, []),
    Records.beginning + Records.record(4, [0x80, 0xFF, 0xFF, 0xFF, 1]) + Records.record(4, []),
    Records.beginning + Records.beginning,
    Records.beginning + Records.record(2, []),
    Records.request("POST", "/", [("CONTENT_LENGTH", "5")], body: [1, 2, 3]),
    Array(Records.request("POST", "/", body: [1, 2, 3]).dropLast(8)),
    Array(Records.request("POST", "/", body: [1, 2, 3]).dropLast(9)),
  ]
}
