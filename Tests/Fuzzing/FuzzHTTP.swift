import HTTP

func fuzzForm(_ input: [UInt8]) throws {
  try checkPath(input)
  guard let form = try? Form(parsing: input) else { return }
  try require(form.fields.count <= Form.maximumFields, "a form has a limit of fields")
  try require(Set(form.fields.map { Array($0.name.utf8) }).count == form.fields.count, "a name stands once")
  for field in form.fields {
    try require(!(field.name + field.value).utf8.contains(0), "a form holds no NUL")
  }
  try require((try? Form(parsing: form.encoded.utf8)) == form, "what is written is read again")
  try require(form.encoded.utf8.allSatisfy { 0x20..<0x7F ~= $0 }, "a written form is ASCII")
}

/// The input as the target of a request line.
private func checkPath(_ input: [UInt8]) throws {
  let target = PercentEncoding.target(input)
  try require(target.utf8.allSatisfy { 0x21..<0x7F ~= $0 }, "a target is printable")
  let request = Request(.get, target)
  guard let path = try? request.path else { return }
  try require(target.hasPrefix("/"), "a path begins with a slash")
  for segment in path.segments { try require(!segment.utf8.contains(0), "a path holds no NUL") }
  let written = "/" + path.segments.map(PercentEncoding.encode).joined(separator: "/")
  try require((try? Path(written)) == path, "a written path is read again")
  if let host = Host(target) { try require(!host.name.isEmpty, "a host has a name") }
}

func fuzzCookies(_ input: [UInt8]) throws {
  let lines = input.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
  let cookies = Cookies(lines)
  for line in lines {
    for part in line.utf8.split(separator: UInt8(ascii: ";")) {
      let name = String(decoding: part.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
      if let value = cookies[name] {
        try require(!value.utf8.contains(UInt8(ascii: ";")), "a value ends at ;")
      }
    }
  }
  let (name, value) = (lines.first ?? "", lines.last ?? "")
  for isSecure in [false, true] {
    guard let cookie = try? Cookie(name: name, value: value, secure: isSecure) else { continue }
    try require(cookie.header.utf8.allSatisfy { 0x20..<0x7F ~= $0 }, "a cookie's header is one line of ASCII")
    try require(
      Cookies([String(cookie.header.prefix { $0 != ";" })])[name] == value, "a cookie is read again")
  }
  let disposition = ContentDisposition.attachment(String(decoding: input, as: UTF8.self))
  try require(disposition.utf8.allSatisfy { 0x20..<0x7F ~= $0 }, "a file's name stays in its header")
  try require(disposition.utf8.count { $0 == UInt8(ascii: "\"") } == 2, "a file's name stays in its quotes")
}
