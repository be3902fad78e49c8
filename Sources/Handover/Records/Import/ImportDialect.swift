import CSV

/// How a CSV is written, where it is not as an export is.
struct ImportDialect: Sendable, Equatable {
  /// Nil: by its byte order mark, else UTF-8 or, where it isn't that, Windows-1252.
  var encoding: Encoding?
  /// Nil: by a line `sep=;` above the titles, else what makes most cells of the titles.
  var separator: Separator?
}

/// What the first bytes of a CSV tell.
struct SniffedDialect {
  let encoding: Encoding
  let separator: Separator
  /// Whether the first line is `sep=;` or the like, as Excel writes and reads it.
  let hasSeparatorLine: Bool
  /// Bytes of a byte order mark before another one, as programs leave that don't look for one.
  let excess: Int

  /// Bytes that are looked at.
  static let length = 65_536
  /// Records that are looked at.
  private static let records = 50

  /// - Parameter head: the first bytes of the file, at most `length`.
  /// - Throws: `FileProblem` where they are none of a CSV, or of one that could be read in two ways.
  init(_ head: [UInt8], as dialect: ImportDialect, in file: String) throws(FileProblem) {
    if let reason = Self.kind(of: head) { throw FileProblem(file: file, reason) }
    let hasOtherMark = head.starts(with: [0xFE, 0xFF])
    if let known = dialect.encoding, known != .utf16LittleEndian || !hasOtherMark {
      encoding = known
    } else {
      encoding = try Self.encoding(of: head, in: file)
    }
    excess = Self.excess(in: head)
    let head = Array(head[excess...])
    if let line = Self.separatorLine(in: head, encoding) {
      hasSeparatorLine = true
      separator = dialect.separator ?? line
    } else {
      hasSeparatorLine = false
      if let known = dialect.separator {
        separator = known
      } else {
        separator = try Self.separator(of: head, encoding, in: file)
      }
    }
  }

  /// Files that people take for a CSV, or name so.
  private static func kind(of head: [UInt8]) -> String? {
    if head.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) {
      return
        "this is a workbook of Excel 97 to 2003, or one with a password; save it as .xlsx without, or as CSV UTF-8"
    }
    if head.starts(with: "%PDF".utf8) { return "this is a PDF; export the records as CSV" }
    if head.starts(with: "PK".utf8), head.count > 3, head[2] < 8 {
      return "this is a ZIP or a workbook, by its content; give it the ending .zip or .xlsx"
    }
    return nil
  }

  private static func encoding(of head: [UInt8], in file: String) throws(FileProblem) -> Encoding {
    if head.starts(with: [0xFF, 0xFE, 0, 0]) || head.starts(with: [0, 0, 0xFE, 0xFF]) {
      throw FileProblem(file: file, line: 1, "the file is UTF-32; save it as UTF-8")
    }
    if head.starts(with: [0xFF, 0xFE]) { return .utf16LittleEndian }
    if head.starts(with: [0xFE, 0xFF]) { return .utf16BigEndian }
    // Titles begin with ASCII, of which UTF-16 has a zero in every second byte.
    if head.count >= 4, head[0] > 0, head[1] == 0, head[2] > 0, head[3] == 0 { return .utf16LittleEndian }
    if head.count >= 4, head[0] == 0, head[1] > 0, head[2] == 0, head[3] > 0 { return .utf16BigEndian }
    return .utf8OrWindows1252
  }

  private static func excess(in head: [UInt8]) -> Int {
    let marks: [[UInt8]] = [[0xEF, 0xBB, 0xBF], [0xFF, 0xFE], [0xFE, 0xFF]]
    return marks.first { head.starts(with: $0 + $0) }?.count ?? 0
  }

  private static func separatorLine(in head: [UInt8], _ encoding: Encoding) -> Separator? {
    // Read with bars, the line is one cell, but for a bar.
    let first = shape(of: head, encoding, .bar, atMost: 1).first?.first ?? ""
    guard first.utf8.count <= 5, first.lowercased().hasPrefix("sep=") else { return nil }
    guard let last = first.utf8.dropFirst(4).first else { return .bar }
    return Separator(rawValue: last)
  }

  private static func separator(
    of head: [UInt8], _ encoding: Encoding, in file: String
  ) throws(FileProblem) -> Separator {
    var best: (separator: Separator, fits: Bool, titles: Int) = (.comma, false, 1)
    var rival: Separator?
    for separator in Separator.allCases {
      let records = shape(of: head, encoding, separator, atMost: Self.records).filter { !$0.isBlank }
      guard let titles = records.first?.count, titles > 1 else { continue }
      let fits = records.allSatisfy { $0.count == titles }
      if titles == best.titles, fits == best.fits {
        rival = separator
      } else if fits != best.fits ? fits : titles > best.titles {
        best = (separator, fits, titles)
        rival = nil
      }
    }
    if let rival, best.fits {
      throw FileProblem(
        file: file, line: 1,
        "cells could be separated by \(best.separator.inWords) or by \(rival.inWords); put a line such as sep=; above the titles"
      )
    }
    return best.separator
  }

  /// The first records, as far as they can be read; the last one is left out, where the head may cut it.
  private static func shape(
    of head: [UInt8], _ encoding: Encoding, _ separator: Separator, atMost most: Int
  ) -> [[String]] {
    var records: [[String]] = []
    var decoder = Decoder(separator: separator, encoding: encoding)
    decoder.feed(head.span)
    if head.count < length - 3 { decoder.finish() }
    while records.count < most, (try? decoder.next()) == true {
      records.append((0..<decoder.count).map { String(copying: decoder[$0]) })
    }
    return records
  }
}

extension [String] {
  /// Whether nothing stands in any cell.
  fileprivate var isBlank: Bool { allSatisfy { $0.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } } }
}

extension Separator {
  var inWords: String {
    switch self {
    case .comma: "commas"
    case .semicolon: "semicolons"
    case .tab: "tabs"
    case .bar: "bars"
    }
  }
}

extension ImportDialect {
  /// As a mapping says it.
  init(of mapping: ImportMapping) {
    encoding =
      switch mapping.encoding {
      case .utf8: .utf8
      // Its byte order mark says if it is the other one.
      case .utf16: .utf16LittleEndian
      case .windows1252: .windows1252
      case nil: nil
      }
    separator =
      switch mapping.separator {
      case .comma: .comma
      case .semicolon: .semicolon
      case .tab: .tab
      case nil: nil
      }
  }
}
