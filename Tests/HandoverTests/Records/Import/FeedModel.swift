import CSV

@testable import Handover

/// A CRM that changes from night to night, and the files in which it brings its records: the model that the records of
/// an organisation are held against. It knows nothing of numbers, editions or differences.
struct FeedModel {
  /// The cells of each record by column, empty ones left out, texts without protection; ids are those of the CRM.
  typealias Record = [String: String]

  static let tables: [Table.Name] = [.deals, .contacts, .notes, .tasks]

  private(set) var records: [Table.Name: [String: Record]] = [:]
  /// By deal, in their order.
  private(set) var links: [String: [Link]] = [:]
  private(set) var users: [(name: String, email: String)] = []
  private var generator: AwkwardGenerator
  private var lastID = 0
  /// Records that went, and may come back.
  private var gone: [Table.Name: [String: Record]] = [:]

  struct Link: Equatable {
    let contact: String
    var role: String?
  }

  init(seed: UInt64, size: Int) {
    generator = AwkwardGenerator(seed: seed)
    for number in 1...5 {
      users.append((TextLimit.name.cut("User \(number) \(generator.text())"), "u\(number)@crm.example"))
    }
    for _ in 0..<size { add(.contacts) }
    for _ in 0..<size { add(.deals) }
    for _ in 0..<2 * size { add(.notes) }
    for _ in 0..<size { add(.tasks) }
  }

  // MARK: A night

  /// Some records are new, some come back, some change, some go, with what hangs on them; links are made, moved, undone.
  mutating func passNight(changes: Int) {
    if chance(4) { users.append(("User \(users.count + 1)", "u\(users.count + 1)@crm.example")) }
    for _ in 0..<Int.random(in: 0...changes, using: &generator) {
      let table = pick(Self.tables)
      switch Int.random(in: 0..<8, using: &generator) {
      case 0, 1: add(table)
      case 2: remove(table)
      case 3: bringBack(table)
      case 4: if let deal = pick(.deals) { link(deal) }
      default: change(table)
      }
    }
  }

  private mutating func add(_ table: Table.Name) {
    lastID += 1
    let forms = [
      "HS-\(lastID)", "00\(lastID)", "id \(lastID)é", "\(lastID)x/y",
      String(repeating: "9", count: 18) + "\(lastID)",
    ]
    let id = pick(forms)
    records[table, default: [:]][id] = record(of: table)
    if table == .deals { link(id) }
  }

  private mutating func record(of table: Table.Name) -> Record {
    var record: Record = [:]
    for column in Table.named(table).columns where column.source == .stored {
      set(column, in: &record, of: table)
    }
    return record
  }

  /// Gives a column a value: of three, one is unknown.
  private mutating func set(_ column: Column, in record: inout Record, of table: Table.Name) {
    if Table.named(table).primaryKey.contains(column.name) || column.name == "source_id" { return }
    record[column.name] = nil
    let isNeeded = column.name == "created_at"
    if !isNeeded, chance(3) { return }
    switch column.format {
    case .id(.users): record[column.name] = pick(users).email
    case .id(let other): record[column.name] = pick(other)
    case .ids: break
    case .money: record[column.name] = decimal(2, least: 2)
    case .rate: record[column.name] = decimal(4, least: 2)
    case .integer: record[column.name] = String(Int32.random(in: .min ... .max, using: &generator))
    case .boolean: record[column.name] = chance(2) ? "true" : "false"
    default:
      let value = generator.value(of: column)
      record[column.name] = value.isEmpty ? nil : value
    }
  }

  private mutating func change(_ table: Table.Name) {
    guard let id = pick(table), var record = records[table]?[id] else { return }
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      set(pick(Table.named(table).columns.filter { $0.source == .stored }), in: &record, of: table)
    }
    records[table]?[id] = record
  }

  /// What names the record goes too, or forgets it.
  private mutating func remove(_ table: Table.Name) {
    guard records[table, default: [:]].count > 20, let id = pick(table) else { return }
    gone[table, default: [:]][id] = records[table]?.removeValue(forKey: id)
    if table == .deals { links[id] = nil }
    if table == .contacts {
      for deal in links.keys { links[deal]?.removeAll { $0.contact.isSame(as: id) } }
    }
    guard table == .deals || table == .contacts else { return }
    let column = table == .deals ? "deal_id" : "contact_id"
    for other in [Table.Name.notes, .tasks] {
      for (key, record) in records[other] ?? [:] where record[column]?.isSame(as: id) == true {
        if chance(2) {
          gone[other, default: [:]][key] = records[other]?.removeValue(forKey: key)
        } else {
          records[other]?[key]?[column] = nil
        }
      }
    }
  }

  private mutating func bringBack(_ table: Table.Name) {
    guard let id = gone[table]?.keys.sorted().first, var record = gone[table]?.removeValue(forKey: id) else {
      return
    }
    for (column, other) in [("deal_id", Table.Name.deals), ("contact_id", .contacts)] {
      if let name = record[column], records[other]?[name] == nil { record[column] = nil }
    }
    records[table]?[id] = record
  }

  private mutating func link(_ deal: String) {
    var contacts: [Link] = []
    for _ in 0..<Int.random(in: 0...4, using: &generator) {
      guard let contact = pick(.contacts), !contacts.contains(where: { $0.contact.isSame(as: contact) })
      else { continue }
      contacts.append(Link(contact: contact, role: pick(["co-borrower", "guarantor", "other", nil])))
    }
    if !contacts.isEmpty, chance(2) {
      contacts[Int.random(in: contacts.indices, using: &generator)].role = "primary"
    }
    links[deal] = contacts
  }

  // MARK: Chance

  private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &generator) == 0 }

  private mutating func pick<Value>(_ values: [Value]) -> Value {
    values[Int.random(in: values.indices, using: &generator)]
  }

  private mutating func pick(_ table: Table.Name) -> String? {
    (records[table] ?? [:]).keys.sorted().randomElement(using: &generator)
  }

  private mutating func decimal(_ scale: Int, least: Int) -> String {
    var encoder = Encoder()
    encoder.decimal(
      Int64(Int32.random(in: .min ... .max, using: &generator)), scale: scale, minimumFraction: least)
    return String(copying: encoder.bytes)
  }
}

// MARK: The files

extension FeedModel {
  /// The files of this night. Columns and rows are in any order.
  ///
  /// - Parameter names: what a record is called in the files; nil: by the CRM's own id.
  mutating func files(calling names: ((Table.Name, String) -> String)? = nil) -> [String: [UInt8]] {
    let name = names ?? { $1 }
    var files: [String: [UInt8]] = [:]
    for table in Self.tables {
      let key = Table.named(table).primaryKey[0]
      let stored = Table.named(table).columns.filter { $0.source == .stored && $0.name != "source_id" }
      var columns: [(title: String, format: Column.Format)] = stored.map { column in
        column.format == .id(.users)
          ? (column.name.replacing("_id", with: "_email"), .text) : (column.name, column.format)
      }
      if names != nil { columns.append(("source_id", .text)) }
      columns.shuffle(using: &generator)
      var encoder = Encoder()
      for column in columns { encoder.verbatim(column.title) }
      encoder.endRecord()
      for (id, record) in (records[table] ?? [:]).sorted(by: { $0.key < $1.key }).shuffled(using: &generator)
      {
        for column in columns {
          let stored = column.title.replacing("_email", with: "_id")
          let cell = record[column.title] ?? (stored == column.title ? nil : record[stored])
          switch column.format {
          case _ where column.title == key: encoder.verbatim(name(table, id))
          case _ where column.title == "source_id": encoder.text(id)
          case .id(let other): encoder.verbatim(cell.map { name(other, $0) } ?? "")
          case .text, .texts: encoder.text(cell ?? "")
          case .boolean: encoder.verbatim(cell == "1" ? "true" : cell == "0" ? "false" : cell ?? "")
          default: encoder.verbatim(cell ?? "")
          }
        }
        encoder.endRecord()
      }
      files[table.file] = bytes(of: encoder)
    }
    files[Table.Name.dealContacts.file] = linkFile(name)
    files[Table.Name.users.file] = userFile()
    return files
  }

  private func linkFile(_ name: (Table.Name, String) -> String) -> [UInt8] {
    var encoder = Encoder()
    for title in ["contact_id", "role", "deal_id", "position"] { encoder.verbatim(title) }
    encoder.endRecord()
    for (deal, contacts) in links.sorted(by: { $0.key > $1.key }) {
      for (place, link) in contacts.enumerated() {
        encoder.verbatim(name(.contacts, link.contact))
        encoder.verbatim(link.role ?? "")
        encoder.verbatim(name(.deals, deal))
        encoder.verbatim(String(place + 1))
        encoder.endRecord()
      }
    }
    return bytes(of: encoder)
  }

  private func userFile() -> [UInt8] {
    var encoder = Encoder()
    for title in ["user_id", "name", "email", "role"] { encoder.verbatim(title) }
    encoder.endRecord()
    for (place, user) in users.enumerated() {
      encoder.verbatim("U-\(place + 1)")
      encoder.text(user.name)
      encoder.text(user.email)
      encoder.verbatim("user")
      encoder.endRecord()
    }
    return bytes(of: encoder)
  }

  private func bytes(of encoder: borrowing Encoder) -> [UInt8] { Array(String(copying: encoder.bytes).utf8) }
}

// MARK: What must come of it

extension FeedModel {
  /// How many records of a table, or links, another night has added, changed, taken away and left.
  func counts(of table: Table.Name, since before: FeedModel) -> [Int] {
    let (old, new) = (before.rows(of: table), rows(of: table))
    let both = new.keys.filter { old[$0] != nil }
    let changed = both.count { old[$0] != new[$0] }
    return [new.count - both.count, changed, old.count - both.count, both.count - changed]
  }

  /// By what tells them apart.
  private func rows(of table: Table.Name) -> [String: Record] {
    guard table == .dealContacts else { return records[table] ?? [:] }
    var rows: [String: Record] = [:]
    for (deal, contacts) in links {
      for (place, link) in contacts.enumerated() {
        rows["\(deal)\u{0}\(link.contact)"] = ["role": link.role ?? "", "position": "\(place)"]
      }
    }
    return rows
  }

  /// Holds every cell of an export's files against the model.
  ///
  /// - Parameter numbers: which number each id of the CRM has ever had; grows.
  /// - Returns: what differs.
  func differences(
    from files: [String: [UInt8]], numbers: inout [Table.Name: [String: String]]
  ) -> [String] {
    var differences: [String] = []
    var exported: [Table.Name: [[String: String]]] = [:]
    for table in Self.tables + [.dealContacts, .users] {
      exported[table] = Self.records(in: files[table.file] ?? [], of: Table.named(table))
    }
    for table in Self.tables {
      let key = Table.named(table).primaryKey[0]
      for row in exported[table] ?? [] {
        let (id, number) = (row["source_id"] ?? "", row[key] ?? "")
        if let before = numbers[table]?[id], before != number {
          differences.append("\(table.file): \(id) was \(before), and is \(number)")
        }
        let others = numbers[table, default: [:]].filter { $0.value == number && !$0.key.isSame(as: id) }
        if !others.isEmpty { differences.append("\(table.file): \(number) is \(id), and was \(others.keys)") }
        numbers[table, default: [:]][id] = number
      }
    }
    for table in Self.tables {
      let rows = exported[table] ?? []
      var left = records[table] ?? [:]
      for row in rows {
        let id = row["source_id"] ?? ""
        guard let record = left.removeValue(forKey: id) else {
          differences.append("\(table.file): \(id) should not be there")
          continue
        }
        let expected = cells(of: record, id, in: table, numbers)
        for column in Table.named(table).columns where column.name != "deal_ids" {
          let (cell, wanted) = (row[column.name] ?? "", expected[column.name] ?? "")
          if !cell.isSame(as: wanted) {
            differences.append(
              "\(table.file) \(id) \(column.name): \(cell.prefix(80)), not \(wanted.prefix(80))")
          }
        }
      }
      for id in left.keys { differences.append("\(table.file): \(id) is missing") }
    }
    let found = (exported[.dealContacts] ?? []).map { row in
      ["deal_id", "contact_id", "role", "position"].map { row[$0] ?? "" }.joined(separator: " ")
    }
    let wanted = links.flatMap { deal, contacts in
      contacts.enumerated().map { place, link in
        "\(numbers[.deals]?[deal] ?? "?") \(numbers[.contacts]?[link.contact] ?? "?") \(link.role ?? "") \(place + 1)"
      }
    }
    if found.sorted() != wanted.sorted() {
      differences.append("DealContacts.csv: \(found.count), not \(wanted.count)")
    }
    return differences
  }

  /// The cells that an export has of a record, but for the deals of a contact, which the links say.
  private func cells(
    of record: Record, _ id: String, in table: Table.Name, _ numbers: [Table.Name: [String: String]]
  ) -> [String: String] {
    var cells: [String: String] = [:]
    let contacts = table == .deals ? links[id] ?? [] : []
    let primary = contacts.first { $0.role == "primary" }?.contact
    for column in Table.named(table).columns {
      let value = record[column.name]
      cells[column.name] =
        switch (column.source, column.format) {
        case (.userName(let of), _): users.first { $0.email == record[of] }?.name
        case (.userEmail(let of), _): record[of]
        case (.recordName(let of), _): name(record[of], of == "deal_id" ? .deals : .contacts)
        case (.primaryContact, _): primary.flatMap { numbers[.contacts]?[$0] }
        case (.primaryContactName, _): name(primary, .contacts)
        case (.links, _): contacts.compactMap { numbers[.contacts]?[$0.contact] }.joined(separator: "; ")
        case (.stored, _) where column.name == "source_id": id
        case (.stored, _) where column.name == Table.named(table).primaryKey[0]: numbers[table]?[id]
        case (.stored, .id(.users)):
          value.flatMap { email in users.firstIndex { $0.email == email }.map { "U-\($0 + 1)" } }
        case (.stored, .id(let other)): value.flatMap { numbers[other]?[$0] }
        case (.stored, .boolean): value == "1" ? "true" : value == "0" ? "false" : value
        default: value
        }
    }
    return cells
  }

  private func name(_ id: String?, _ table: Table.Name) -> String? {
    id.flatMap { records[table]?[$0]?[table == .deals ? "deal_name" : "full_name"] }
  }

  /// The records of a file, cells by column, texts without protection.
  static func records(in bytes: [UInt8], of table: Table) -> [[String: String]] {
    var decoder = Decoder()
    decoder.feed(bytes.span)
    decoder.finish()
    var titles: [String] = []
    var records: [[String: String]] = []
    while (try? decoder.next()) == true {
      var cells: [String] = []
      for place in 0..<decoder.count {
        let isText = !titles.isEmpty && table.column(titles[place])?.format.isProtected == true
        if isText {
          cells.append(String(copying: FormulaProtection.undo(decoder[place])))
        } else {
          cells.append(String(copying: decoder[place]))
        }
      }
      if titles.isEmpty {
        titles = cells
      } else {
        records.append(Dictionary(uniqueKeysWithValues: zip(titles, cells)))
      }
    }
    return records
  }
}
