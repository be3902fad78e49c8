import HTTP
import Mustache

/// One deal: its documents, its facts, who is on it, its tasks and notes.
enum DealPage {
  /// Of contacts, tasks and notes so many are shown; an export has them all.
  private static let listed = 100

  static func show(_ visit: SignedIn) throws -> Response {
    let organisation = visit.organisation.id
    let id: DealID = try visit.id()
    let values = try visit.database.read { connection -> Object? in
      let deals = connection.deals
      guard let deal = try deals.find(id, of: organisation, in: Scope(of: visit.user)) else { return nil }
      let facts = DealFacts(deal, try deals.values(of: id, of: organisation), visit)
      let contacts = try deals.contacts(of: id, of: organisation, limit: listed)
      let tasks = try deals.tasks(of: id, of: organisation, limit: listed)
      let notes = try deals.notes(of: id, of: organisation, limit: listed)
      let documents = try connection.documents.all(of: id, of: organisation)
      let removed = try connection.documents.removed(of: id, of: organisation, at: visit.now)
      let isRunning = try connection.storageLinks.current(of: organisation)?.status == .linked
      return [
        "documents": [
          "list": .list(documents.map { DocumentRow(document: $0, visit: visit).view }),
          "none": .bool(documents.isEmpty),
          "running": .bool(isRunning && documents.contains { $0.state == .waiting || $0.state == .syncing }),
          "removed": removed.isEmpty
            ? .null
            : [
              "count": .text(Wording.plural(removed.count, "removed document")),
              "list": .list(removed.map { DocumentRow(document: $0, visit: visit).view }),
            ],
          "add": .text(Route.addDocuments.path(id.description)),
          "largest": .text(String(Document.largest)),
          "status_address": .text(Route.deal.path(id.description, asking: Form(["refresh": "1"]))),
        ],
        "deal": .object(deal.view),
        "facts": facts.list,
        "more": facts.more,
        "summary": Value(facts.summary),
        "contacts": try list(contacts.map(view), of: try deals.contactCount(of: id, of: organisation)),
        "tasks": try list(
          tasks.map { view($0, visit) }, of: try deals.taskCount(of: id, of: organisation)),
        "notes": try list(
          notes.map { view($0, visit) }, of: try deals.noteCount(of: id, of: organisation)),
      ]
    }
    guard var values else { throw Refusal.notFound }
    values["deal_storage"] = try visit.dealStorage(of: id)
    return try visit.settingsPage("pages/deal", at: .deals, values)
  }

  /// - Parameter count: of all that there are.
  private static func list(_ rows: [Value], of count: @autoclosure () throws -> Int) throws -> Value {
    let count = try rows.count < listed ? rows.count : count()
    return [
      "list": .list(rows), "none": .bool(rows.isEmpty), "count": .text(Wording.grouped(count)),
      "shown": count > rows.count ? .text(Wording.grouped(rows.count)) : .null,
    ]
  }

  private static func view(_ contact: DealContact) -> Value {
    [
      "id": .text(contact.contact.id.description),
      "name": .text(contact.contact.displayName),
      "role": Value(contact.role.map { $0.prefix(1).uppercased() + $0.dropFirst() }),
      "primary": .bool(contact.role == "primary"),
      "email": Value(contact.contact.email),
      "mobile": Value(contact.mobile),
    ]
  }

  private static func view(_ task: DealTask, _ visit: SignedIn) -> Value {
    [
      "id": .text("T-\(task.id)"),
      "name": .text(task.name ?? "T-\(task.id)"),
      "details": Value(task.details),
      "assignee": Value(task.assignee?.name),
      "contact": Value(task.contact),
      "due": Value(task.isCompleted ? nil : task.dueDate.map(Wording.day)),
      "late": .bool(!task.isCompleted && task.dueDate.map { $0 < visit.today } == true),
      "completed": .bool(task.isCompleted),
      "completed_at": task.completedAt.map { visit.moment($0) } ?? .null,
      "priority": Value(task.priority),
      "archived": .bool(task.isArchived),
    ]
  }

  private static func view(_ note: DealNote, _ visit: SignedIn) -> Value {
    [
      "id": .text("N-\(note.id)"),
      "text": .text(note.text),
      "cut": .bool(note.isCut),
      "author": Value(note.author?.name),
      "contact": Value(note.contact),
      "important": .bool(note.isImportant),
      "archived": .bool(note.isArchived),
      "created": note.createdAt.map { visit.moment($0) } ?? .null,
    ]
  }
}

/// A deal's facts in the words of a page. The columns are those of `Table.deals`.
private struct DealFacts {
  private let deal: Deal
  private let values: [String: RecordValue]
  private let visit: SignedIn

  init(_ deal: Deal, _ values: [String: RecordValue], _ visit: SignedIn) {
    self.deal = deal
    self.values = values
    self.visit = visit
  }

  /// What people look for first.
  var list: Value {
    facts([
      ("loan_amount", "Loan"), ("lender", "Lender"), ("product", "Product"), ("interest_rate", "Rate"),
      ("loan_term_months", "Term"), ("loan_purpose", "Purpose"), ("security_address", "Security"),
      ("security_value", "Security value"), ("finance_due_date", "Finance due"),
      ("estimated_settlement_date", "Settlement expected"), ("settled_date", "Settled"),
    ])
  }

  var more: Value {
    facts([
      ("workflow", "Workflow"), ("loan_type", "Loan type"), ("deal_value", "Worth to the office"),
      ("referrer", "Referred by"), ("labels", "Labels"), ("created_at", "Created"),
      ("updated_at", "Changed"), ("source_id", "Id elsewhere"),
    ])
  }

  var summary: String? {
    guard case .text(let text) = values["summary"], !text.isEmpty else { return nil }
    return TextLimit(characters: DealNote.longest, bytes: 4 * DealNote.longest).cut(text)
  }

  private func facts(_ columns: [(name: String, words: String)]) -> Value {
    .list(
      columns.compactMap { column in
        text(of: column.name).map {
          ["name": .text(column.words), "value": .text($0.text), "moment": $0.moment]
        }
      })
  }

  /// Nil for what nobody has stated.
  private func text(of column: String) -> (text: String, moment: Value)? {
    switch (values[column], Table.deals.column(column)?.format) {
    case (.text(let date), .date): return (Wording.day(date), .null)
    case (.number(let time), .time): return ("", visit.moment(UnixTime(rawValue: time)))
    case (.text(let text), _): return text.isEmpty ? nil : (TextLimit.detail.cut(text), .null)
    case (.number(let number), .money): return (Wording.amount(number, deal.currency), .null)
    case (.number(let number), .rate): return (rate(number), .null)
    case (.number(let number), _): return (months(number), .null)
    case (nil, _): return nil
    }
  }

  private func rate(_ number: Int64) -> String {
    guard case .text(let type) = values["rate_type"], !type.isEmpty else { return Wording.percent(number) }
    return "\(Wording.percent(number)), \(TextLimit.name.cut(type))"
  }

  private func months(_ number: Int64) -> String {
    number > 0 && number.isMultiple(of: 12)
      ? Wording.plural(Int(number / 12), "year") : Wording.plural(Int(number), "month")
  }
}

extension SignedIn {
  /// `2026-05-02`, in the organisation's zone.
  fileprivate var today: String { site.zones.local(now, in: organisation.timeZone).civil.date }
}
