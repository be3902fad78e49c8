/// A deal, as a list shows it.
struct Deal: Sendable, Equatable {
  let id: DealID
  let name: String?
  let reference: String?
  let stage: String?
  let status: String?
  let lender: String?
  /// In hundredths of the currency.
  let loanAmount: Int64?
  /// An ISO 4217 code.
  let currency: String?
  let isArchived: Bool
  let owner: Person?
  /// The full name of the primary contact.
  let contact: String?
  /// When it was last changed, or created.
  let changedAt: UnixTime?
}

extension Deal {
  /// The name; without one the reference, or the id.
  var displayName: String {
    [name, reference].lazy.compactMap(\.self).first { !$0.allSatisfy(\.isWhitespace) } ?? id.description
  }
}

/// Which deals somebody looks for.
struct DealFilter: Sendable, Equatable {
  /// Words of name, reference, lender and address of the security, or an id; empty for all.
  var text = ""
  /// Nil for all.
  var status: String?
  var owner: Owner?

  enum Owner: Sendable, Equatable {
    case user(UserID)
    case nobody
  }
}

/// The deals of a scope that a filter lets through, a page of them.
struct FoundDeals: Sendable {
  /// Newest first.
  let deals: [Deal]
  /// On all pages.
  let count: Int
  /// Whether no deal has the words itself, and these have a contact who has.
  let isByContact: Bool
}

/// What the deals of an organisation can be narrowed by.
struct DealChoices: Sendable {
  /// In their order; empty where there are more than anybody would choose from.
  let statuses: [String]
  /// How many deals each user owns, and nobody (nil).
  let owners: [UserID?: Int]

  /// More of them are no choice.
  static let most = 60

  /// The owners, where there are not too many.
  var ownersToChoose: [UserID] {
    let users = owners.keys.compactMap(\.self)
    return users.count > Self.most ? [] : users
  }

  /// How many deals there are in the scope.
  func count(in scope: Scope) -> Int {
    if let user = scope.user { return owners[user] ?? 0 }
    return owners.values.reduce(0, +)
  }

  /// Those of the versions of the editions that were looked at last.
  typealias Known = Cache<Version, DealChoices>

  struct Version: Hashable, Sendable {
    let edition: EditionID
    let version: Int
  }
}

extension DealChoices {
  /// - Parameters:
  ///   - statuses: all that there are, `most` and one more at most.
  init(statuses: [String], owners: [(UserID?, Int)]) {
    self.statuses = statuses.count > Self.most ? [] : statuses
    self.owners = Dictionary(owners) { $0 + $1 }
  }
}

extension Scope {
  /// What a user may see of the records: an admin all, others what an export of theirs would hold.
  init(of user: User) { self = user.role.isAdmin ? .organisation : .user(user.id) }
}

/// A contact on a deal.
struct DealContact: Sendable, Equatable {
  let contact: Contact
  let mobile: String?
  /// `primary`, `co-borrower`, `guarantor`, `other`; nil where nobody has said.
  let role: String?
}

/// A note of a deal.
struct DealNote: Sendable, Equatable {
  let id: Int64
  /// No longer than `longest`.
  let text: String
  /// Whether there is more of it.
  let isCut: Bool
  let author: Person?
  /// The full name of a contact that it names as well.
  let contact: String?
  let isImportant: Bool
  let isArchived: Bool
  let createdAt: UnixTime?

  /// In characters: a page shows no book.
  static let longest = 4_000
}

/// A task of a deal.
struct DealTask: Sendable, Equatable {
  let id: Int64
  let name: String?
  /// No longer than `DealNote.longest`.
  let details: String?
  let assignee: Person?
  /// The full name of a contact that it names as well.
  let contact: String?
  /// `2026-05-02`.
  let dueDate: String?
  let isCompleted: Bool
  let completedAt: UnixTime?
  let priority: String?
  let isArchived: Bool
}

/// A cell of a record that isn't empty, as the database has it.
enum RecordValue: Sendable, Equatable {
  case text(String)
  /// In hundredths or ten-thousandths where the column's format says so; a time in seconds since 1970.
  case number(Int64)
}
