import CSV
import SQLite

/// Inserts the records of one file: cells are checked and bound where they lie, without a `String`.
///
/// A record with a fault is reported and left out, so that the rest of its file is checked too.
struct RecordInserter: ~Copyable {
  private let table: Table
  private let columns: [Column]
  private let operations: [ImportOperation]
  private let person: PersonColumns?
  private let personParameter: Int
  private let people: ImportPeople
  private let refusals: RowRefusals
  private let problems: ImportProblems
  /// The moment of the import, as in `created_at`.
  private let now: [UInt8]
  private var statement: Statement

  init(_ header: ImportHeader, _ run: ImportRun) throws {
    let table = header.table
    let person = PersonColumns(header)
    let now = Array(run.now.iso8601.utf8)
    var statement = try run.connection.records.insertion(into: table)
    try statement.bind(run.organisation.rawValue, at: 1)
    if let created = table.parameter(of: "created_at") { try statement.bind(text: now.span, at: created) }
    self.table = table
    self.person = person
    self.now = now
    self.statement = statement
    columns = header.columns
    operations = header.columns.map {
      ImportOperation(for: $0, of: table, parameter: table.parameter(of: $0.name))
    }
    personParameter = person.flatMap { table.parameter(of: $0.name) } ?? 0
    people = run.people
    refusals = RowRefusals(header, run)
    problems = run.problems
  }

  /// - Returns: false where the record is not right.
  /// - Throws: `ImportRefusal` with the problems, once there are enough; `SQLiteError` for what isn't the
  ///   record's fault.
  mutating func insert(_ record: borrowing Decoder) throws -> Bool {
    let (operations, now) = (operations, now)
    var isSound = true
    for place in operations.indices {
      if try operations[place].bind(record[place], to: &statement, now: now) { continue }
      try tell(columns[place].format.problem(with: record[place]), place, record)
      isSound = false
    }
    guard try bindPerson(of: record), isSound else { return false }
    do throws(SQLiteError) {
      _ = try statement.step()
      statement.reset()
      return true
    } catch {
      statement.reset()
      try problems.add(refusals.problem(error, record))
      return false
    }
  }

  /// - Returns: false, with the problem added, where the person is not known.
  private mutating func bindPerson(of record: borrowing Decoder) throws -> Bool {
    guard let person else { return true }
    do {
      switch try person.person(in: record) {
      case .nobody: try statement.bindNull(at: personParameter)
      case .id(let id):
        guard let user = people.user(id) else { throw refusals.unknown(id, person, record) }
        try statement.bind(user, at: personParameter)
      case .email(let email):
        let user = try people.user(withEmail: email, name: person.personName(in: record))
        try statement.bind(user, at: personParameter)
      }
      return true
    } catch let problem as FileProblem {
      try problems.add(problem)
      return false
    }
  }

  private func tell(_ message: String, _ place: Int, _ record: borrowing Decoder) throws(ImportRefusal) {
    try problems.add(
      FileProblem(
        file: table.name.file, line: record.position(of: place).line, column: columns[place].name, message))
  }
}
