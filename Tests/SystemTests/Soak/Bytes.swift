import Glibc

// Pages are many and long, and a regular expression takes longer than the server: they are searched as bytes.

extension [UInt8] {
  /// Where the text begins, from this place on.
  func place(of text: String, from start: Int = 0) -> Int? {
    let wanted = Array(text.utf8)
    guard let first = wanted.first, start < count else { return nil }
    return unsafe withUnsafeBytes { all in
      guard let base = all.baseAddress else { return nil }
      var place = start
      while place + wanted.count <= all.count,
        let found = unsafe memchr(base + place, Int32(first), all.count - place - wanted.count + 1)
      {
        place = unsafe UnsafeRawPointer(found) - base
        if unsafe wanted.withUnsafeBytes({ unsafe memcmp(base + place, $0.baseAddress!, $0.count) }) == 0 {
          return place
        }
        place += 1
      }
      return nil
    }
  }

  func holds(_ text: String) -> Bool { place(of: text) != nil }

  /// What stands between the two texts, wherever they do, in order.
  func texts(between first: String, and last: String) -> [String] {
    var found: [String] = []
    var start = 0
    while let begin = place(of: first, from: start),
      let end = place(of: last, from: begin + first.utf8.count)
    {
      found.append(String(decoding: self[(begin + first.utf8.count)..<end], as: UTF8.self))
      start = end
    }
    return found
  }
}

/// An export as a page shows it.
struct ShownExport {
  let id: String
  let state: Story.State
  /// `organisation`, or nothing where it is of one user, whom the page names only by name.
  let isOfOrganisation: Bool
  let link: String?
  let sha256: String?

  /// Those of a page, from the first to the last.
  static func all(in page: [UInt8]) -> [ShownExport] {
    var shown: [ShownExport] = []
    var start = page.place(of: "<li class=\"export\"")
    while let begin = start {
      let next = page.place(of: "<li class=\"export\"", from: begin + 1)
      let row = Array(page[begin..<(next ?? page.count)])
      start = next
      guard let id = row.texts(between: "data-export=\"", and: "\"").first,
        let state = row.texts(between: "data-status=\"", and: "\"").first.flatMap(Story.State.init)
      else { continue }
      shown.append(
        ShownExport(
          id: id, state: state, isOfOrganisation: row.holds("\">Entire organisation"),
          link: row.texts(between: "<a class=\"download\" href=\"", and: "\"").first?
            .replacing("&amp;", with: "&"),
          sha256: row.texts(between: "<dd><code>", and: "</code>").first))
    }
    return shown
  }
}
