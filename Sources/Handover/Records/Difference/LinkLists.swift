import CSV

/// The links that records tell in lists: a deal its contacts, or a contact its deals.
///
/// The first contact of a deal that had none is the primary one. Where the list is that of before, all stays as it is.
struct LinkLists {
  private let run: Comparison
  /// Of the lists, by how they name the contacts, or deals.
  private let list: (place: Int, naming: ImportColumn.Naming)?
  private let primary: RecordLink

  /// - Returns: nil for a file that tells no contacts.
  init?(_ header: ImportHeader?, _ run: Comparison) {
    guard let header else { return nil }
    primary = RecordLink("primary_contact_id", to: .contacts, storedAt: 0, in: header)
    list =
      [.id, .email, .name].compactMap { naming in
        header.place(of: "contact_ids", by: naming).map { ($0, naming) }
      }.first
    self.run = run
    if list == nil, !primary.isTold { return nil }
  }

  /// Of contacts.
  init(dealsOf place: Int, _ run: Comparison) {
    list = (place, .id)
    primary = RecordLink("", to: .contacts, storedAt: 0, in: ImportHeader(table: .contacts, columns: []))
    self.run = run
  }

  /// The number of the deal, or contact, that the record is; nil for one with a fault, which has been told.
  func number(of record: borrowing Decoder, _ header: ImportHeader) throws -> Int64? {
    let name = header.table.name
    let references = try run.references(to: name)
    if let place = header.place(of: header.table.primaryKey[0]), !record[place].isEmpty {
      return try CellText.identifier(record[place], prefix: name.idByte)
        ?? references.number(of: FormulaProtection.undo(record[place]))
    }
    guard let place = header.place(of: "source_id"), !record[place].isEmpty else { return nil }
    return try references.number(of: FormulaProtection.undo(record[place]))
  }

  /// The links of a deal.
  /// - Throws: `FileProblem` for a contact that isn't there, or is in the list twice.
  func links(
    of deal: Int64, in record: borrowing Decoder, _ header: ImportHeader, existing: [Link]
  ) throws -> [Link] {
    let chosen = try primary.number(in: record, of: header, run)
    var contacts =
      try list.map { try ids(in: record, header, to: .contacts, $0.place, $0.naming) }
      ?? existing.map(\.contact)
    if let chosen, !contacts.contains(chosen) { contacts.insert(chosen, at: 0) }
    let former = existing.first { $0.role == "primary" }?.contact
    let isPrimarySame = chosen == nil || chosen == former
    if isPrimarySame, contacts == existing.map(\.contact) { return existing }
    let primary = chosen ?? former.flatMap { contacts.contains($0) ? $0 : nil } ?? contacts.first
    return contacts.enumerated().map { index, contact in
      let role = existing.first { $0.contact == contact }?.role
      return Link(
        contact: contact, role: contact == primary ? "primary" : role == "primary" ? nil : role,
        position: Int64(index + 1))
    }
  }

  /// The deals of a contact.
  func deals(in record: borrowing Decoder, _ header: ImportHeader) throws -> [Int64] {
    guard let list else { return [] }
    return try ids(in: record, header, to: .deals, list.place, list.naming)
  }

  private func ids(
    in record: borrowing Decoder, _ header: ImportHeader, to other: Table.Name, _ place: Int,
    _ naming: ImportColumn.Naming
  ) throws -> [Int64] {
    let cell = FormulaProtection.undo(record[place])
    if cell.isEmpty { return [] }
    var ids: [Int64] = []
    let references = try run.references(to: other)
    if naming == .id, !CellText.identifiers(cell, prefix: other.idByte, into: &ids) {
      ids = []
      // A list that is written wrong is not taken for one of source ids.
      if CellText.looksLikeIdentifier(cell) {
        throw problem(at: place, of: record, header, header.columns[place].column.format.problem(with: cell))
      }
      for part in parts(cell) {
        let id = try references.number(of: part.utf8.span)
        if run.files.hasLooseEnds {
          let isThere = try id.map(references.has) ?? false
          if let id, isThere {
            if !ids.contains(id) { ids.append(id) }
          } else {
            run.tell("is not in \(other.file), so the link is not made", part, place, record, header)
          }
          continue
        }
        guard let id else {
          throw problem(
            at: place, of: record, header, "\(quotation(of: part.utf8.span)) is not in \(other.file)")
        }
        ids.append(id)
      }
    } else if naming != .id {
      for part in parts(cell) {
        switch try references.find(part, by: naming) {
        case .one(let id): if !ids.contains(id) { ids.append(id) }
        case .none: run.tell("is none of \(other.file), so the link is not made", part, place, record, header)
        case .several:
          run.tell(
            "stands for several in \(other.file), so the link is not made", part, place, record, header)
        }
      }
    }
    for (index, id) in ids.enumerated() {
      guard try references.has(id) else {
        throw problem(at: place, of: record, header, "\(other.id(id)) is not in \(other.file)")
      }
      if ids[..<index].contains(id) {
        throw problem(at: place, of: record, header, "\(other.id(id)) is in the list twice")
      }
    }
    return ids
  }

  private func problem(
    at place: Int, of record: borrowing Decoder, _ header: ImportHeader, _ message: String
  ) -> FileProblem {
    run.files.problem(at: place, of: record, in: header.table.name, message)
  }

  private func parts(_ cell: Span<UInt8>) -> [String] {
    String(copying: cell).split(separator: ";").map { trimmed(String($0)) }.filter { !$0.isEmpty }
  }
}
