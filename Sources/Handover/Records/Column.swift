/// One column of a file: its name, what its cells look like, and where its values come from.
///
/// The declarations in `Table` are the only ones: the encoder, the importer, `datapackage.json`, the
/// `README.txt` of an export and Documentation/ExportFormat.md all follow them.
struct Column: Sendable {
  let name: String
  let format: Format
  let source: Source
  /// One sentence for people who read the files elsewhere.
  let meaning: String

  init(_ name: String, _ format: Format, _ meaning: String) {
    self.init(name, format, .stored, meaning)
  }

  init(_ name: String, _ format: Format, _ source: Source, _ meaning: String) {
    self.name = name
    self.format = format
    self.source = source
    self.meaning = meaning
  }
}

extension Column {
  /// Where the values of a column come from.
  enum Source: Sendable, Equatable {
    /// The table's own column of the same name.
    case stored
    /// The name of the user whose id is in the named column.
    case userName(of: String)
    /// The e-mail address of the user whose id is in the named column.
    case userEmail(of: String)
    /// The name of the record whose id is in the named column.
    case recordName(of: String)
    /// The deal's contacts or the contact's deals, from the links.
    case links
    /// The id of the deal's primary contact, from the links.
    case primaryContact
    /// The full name of the deal's primary contact.
    case primaryContactName
  }

  /// Whether the column only repeats values from elsewhere in the export.
  var isDerived: Bool { source != .stored }
}
