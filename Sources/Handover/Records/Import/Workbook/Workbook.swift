import ZIP

// A workbook (.xlsx) is a ZIP of XML parts (ECMA-376: part 2 for the package, part 1, chapter 18 for what is in it). From
// `_rels/.rels` a relationship leads to the workbook part, from that one others to the sheets, the styles and the texts
// that cells share.
//
// Styles are read at once, texts when the first cell is; both stay in memory, texts up to a limit. A sheet is a stream:
// its XML is inflated, scanned and made into records row by row (WorksheetRecords).

/// Why a workbook can't be read, in a sentence without its name.
struct WorkbookError: Error {
  let message: String

  init(_ message: String) { self.message = message }
}

/// A workbook that has been opened: its sheets, and what their cells refer to.
final class Workbook {
  struct Sheet {
    let name: String
    let isHidden: Bool
    /// What it is in the ZIP.
    let part: ArchiveEntry

    /// Of the part, unpacked.
    var bytes: Int { part.summary.bytes }
  }

  private(set) var sheets: [Sheet] = []
  private(set) var styles = CellStyles()
  /// Whether days are counted from 1904, as Excel for Mac did.
  private(set) var countsFrom1904 = false
  /// Whether it is an export's: its texts have no formula protection, and its times have the zone that their column's
  /// title names.
  var isOfExport = false

  let archive: WorkbookArchive
  private var textsPart: String?
  private var loadedTexts: SharedTexts?

  /// - Throws: `WorkbookError`, `ZIPError`; `HandoverError` where the system can't read.
  init(_ archive: WorkbookArchive) throws {
    self.archive = archive
    let root = try relationships(of: "")
    let part = root.first { $0.kind == "officeDocument" }?.target ?? "xl/workbook.xml"
    guard let entry = archive.reader.entry(named: part), !entry.isFolder else {
      throw WorkbookError("the file is not a workbook (.xlsx); save it as one, or as CSV UTF-8")
    }
    let parts = try relationships(of: part)
    var listed: [(name: String, id: String, isHidden: Bool)] = []
    try scan(part) { event in
      guard case .start(let tag) = event else { return }
      if tag.name.isNamed("workbookPr"), let value = try tag.text("date1904") {
        countsFrom1904 = ["1", "true", "on"].contains(value)
      } else if tag.name.isNamed("sheet"), let name = try tag.text("name"), let id = try tag.text("id") {
        listed.append((name, id, try tag.text("state").map { $0 != "visible" } ?? false))
      }
    }
    sheets = listed.compactMap { sheet in
      guard let part = parts.first(where: { $0.id == sheet.id && $0.kind == "worksheet" })?.target,
        let entry = archive.reader.entry(named: part)
      else { return nil }
      return Sheet(name: sheet.name, isHidden: sheet.isHidden, part: entry)
    }
    guard !sheets.isEmpty else { throw WorkbookError("there is no sheet in the workbook") }
    textsPart = parts.first { $0.kind == "sharedStrings" }?.target
    if let part = parts.first(where: { $0.kind == "styles" })?.target {
      try scan(part) { try styles.take($0) }
    }
  }

  /// The texts that cells share, read once.
  func texts() throws -> SharedTexts {
    if let loadedTexts { return loadedTexts }
    var texts = SharedTexts()
    if let textsPart { try scan(textsPart) { try texts.take($0) } }
    loadedTexts = texts
    return texts
  }

  /// Reads the XML of a sheet.
  func scan(_ sheet: Sheet, counting: (Int) -> Void, _ body: (XMLScanner.Event) throws -> Void) throws {
    try scan(sheet.part, counting: counting, body)
  }

  private func scan(_ part: String, _ body: (XMLScanner.Event) throws -> Void) throws {
    guard let entry = archive.reader.entry(named: part) else { return }
    try scan(entry, counting: { _ in }, body)
  }

  private func scan(
    _ entry: ArchiveEntry, counting: (Int) -> Void, _ body: (XMLScanner.Event) throws -> Void
  ) throws {
    var scanner = XMLScanner()
    try archive.reader.read(entry) { bytes in
      try scanner.feed(bytes, body)
      counting(bytes.count)
    }
    try scanner.finish()
  }

  private struct Relationship {
    let id: String
    /// The last step of its type, which is an address.
    let kind: String
    /// The name of the part.
    let target: String
  }

  /// Where a part leads to, or the package for an empty one (part 2, 6.5).
  private func relationships(of part: String) throws -> [Relationship] {
    let steps = part.split(separator: "/").map(String.init)
    let folder = steps.dropLast().map { $0 + "/" }.joined()
    var found: [Relationship] = []
    try scan("\(folder)_rels/\(steps.last ?? "").rels") { event in
      guard case .start(let tag) = event, tag.name.isNamed("Relationship"), let id = try tag.text("Id"),
        let type = try tag.text("Type"), let target = try tag.text("Target")
      else { return }
      let name = target.hasPrefix("/") ? String(target.dropFirst()) : folder + target
      found.append(
        Relationship(
          id: id, kind: type.split(separator: "/").last.map(String.init) ?? "", target: Self.shortest(name)))
    }
    return found
  }

  /// Without steps back: `xl/../xl/sheet.xml`.
  private static func shortest(_ path: String) -> String {
    var steps: [Substring] = []
    for step in path.split(separator: "/") where step != "." {
      if step == ".." { _ = steps.popLast() } else { steps.append(step) }
    }
    return steps.joined(separator: "/")
  }
}

/// The texts that cells refer to by number (part 1, 18.4).
struct SharedTexts {
  /// Bytes of all of them.
  static let most = 64 << 20

  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  private var text = CellTextReader()

  subscript(index: Int) -> ArraySlice<UInt8>? {
    guard ends.indices.contains(index) else { return nil }
    return bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }

  fileprivate mutating func take(_ event: XMLScanner.Event) throws {
    switch event {
    case .start(let tag) where tag.name.isNamed("si"): text.begin()
    case .end(let name) where name.isNamed("si"):
      let whole = try text.end()
      guard bytes.count + whole.count <= Self.most, ends.count < Self.most / 8 else {
        throw WorkbookError(
          "the texts of its cells take more than \(Self.most >> 20) MiB; save each sheet as CSV UTF-8")
      }
      bytes += whole
      ends.append(bytes.count)
    default: text.take(event)
    }
  }
}

/// Gathers a text of `t` elements, without the readings of Japanese words (part 1, 18.4.6).
struct CellTextReader {
  private var bytes: [UInt8] = []
  private var isText = false
  private var isReading = false

  mutating func begin() {
    bytes.removeAll(keepingCapacity: true)
    isText = false
    isReading = false
  }

  mutating func take(_ event: XMLScanner.Event) {
    switch event {
    case .start(let tag):
      if tag.name.isNamed("t") { isText = true }
      if tag.name.isNamed("rPh") { isReading = true }
    case .end(let name):
      if name.isNamed("t") { isText = false }
      if name.isNamed("rPh") { isReading = false }
    case .text(let piece): if isText, !isReading { bytes += piece }
    }
  }

  /// - Throws: `WorkbookError` for bytes that are not UTF-8, or NUL.
  func end() throws -> [UInt8] { try Self.unescaped(bytes) }

  /// Characters that XML can't hold stand as `_x000D_` (part 1, 22.9.2.19).
  static func unescaped(_ text: [UInt8]) throws -> [UInt8] {
    guard (try? UTF8Span(validating: text.span)) != nil else { throw WorkbookError("its XML is not UTF-8") }
    guard text.contains(UInt8(ascii: "_")) else { return text }
    var plain: [UInt8] = []
    var place = 0
    while place < text.count {
      if text.count - place >= 7, text[place] == UInt8(ascii: "_"), text[place + 1] == UInt8(ascii: "x"),
        text[place + 6] == UInt8(ascii: "_"),
        let scalar = Unicode.Scalar(digits: text[(place + 2)..<(place + 6)], radix: 16)
      {
        plain += Array(String(scalar).utf8)
        place += 7
      } else {
        plain.append(text[place])
        place += 1
      }
    }
    return plain
  }
}
