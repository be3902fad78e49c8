import CSV

/// Where a file names the person of its records: who owns a deal or contact, wrote a note, is assigned a
/// task.
struct PersonColumns {
  /// The name of the column with the id, which is also that of the stored one.
  let name: String
  private let table: Table.Name
  private let id: Int?
  private let email: Int?
  private let personName: Int?

  /// - Returns: nil for a file that names no person.
  init?(_ header: ImportHeader) {
    let columns = header.table.columns
    guard header.table.name != .users, let column = columns.first(where: { $0.format == .id(.users) }) else {
      return nil
    }
    func place(_ source: Column.Source) -> Int? {
      columns.first { $0.source == source }.flatMap { header.place(of: $0.name) }
    }
    name = column.name
    table = header.table.name
    id = header.place(of: name)
    email = place(.userEmail(of: name))
    personName = place(.userName(of: name))
    if id == nil, email == nil { return nil }
  }

  /// Whether records have both an id and the e-mail address of the user with that id.
  var tellsAddresses: Bool { id != nil && email != nil }

  /// The person that a record names: by id where it has one, else by e-mail address.
  /// - Throws: `FileProblem` where the cell is not an id.
  func person(in record: borrowing Decoder) throws(FileProblem) -> NamedPerson {
    if let id, !record[id].isEmpty {
      guard let number = CellText.identifier(record[id], prefix: Table.Name.users.idByte) else {
        throw problem(Column.Format.id(.users).problem(with: record[id]), in: record)
      }
      return .id(number)
    }
    return address(in: record).map { .email($0) } ?? .nobody
  }

  func address(in record: borrowing Decoder) -> String? { text(email, in: record) }
  func personName(in record: borrowing Decoder) -> String? { text(personName, in: record) }

  func problem(_ message: String, in record: borrowing Decoder) -> FileProblem {
    let place = id ?? email ?? 0
    return FileProblem(
      file: table.file, line: record.position(of: place).line, column: name, message)
  }

  private func text(_ place: Int?, in record: borrowing Decoder) -> String? {
    guard let place else { return nil }
    let text = FormulaProtection.undo(record[place])
    return text.isEmpty ? nil : String(copying: text)
  }
}

/// How a record names a person.
enum NamedPerson {
  case nobody
  /// The number of an id of the files.
  case id(Int64)
  case email(String)
}
