import System

/// The model of one organisation: who is in it, and what is known of its exports.
final class Office: Sendable {
  let number: Int
  /// Stands in every record, name and address of the organisation, and nowhere else.
  let marker: String
  let records: OfficeRecords
  let people: [Member]
  /// Held during each change of what the model knows, so that one is decided before the next. Pages and downloads
  /// don't wait for it.
  let changing = Lock()
  private let state: Locked<State>

  struct State: Sendable {
    var stories: [String: Story] = [:]
    /// Addresses of those who were invited, and whether they certainly were.
    var invited: [String: Bool] = [:]
  }

  enum Role: String, Sendable, CaseIterable { case owner, admin, user }

  init(_ number: Int, marker: String, records: OfficeRecords, people: [Member]) {
    self.number = number
    self.marker = marker
    self.records = records
    self.people = people
    state = Locked(State())
  }

  func with<Result: Sendable>(_ body: (inout State) throws -> Result) rethrows -> Result {
    try state.withLock(body)
  }

  func change(_ id: String, _ body: (inout Story) -> Void) {
    state.withLock { state in
      guard var story = state.stories[id] else { return }
      body(&story)
      state.stories[id] = story
    }
  }

  var stories: [Story] { state.withLock { Array($0.stories.values) } }
  func story(_ id: String) -> Story? { state.withLock { $0.stories[id] } }
}

/// Somebody with a password, and a browser of their own.
final class Member: Sendable {
  let id: String
  let email: String
  let password: String
  /// The last number of the browser's network address.
  let source: UInt8
  private let state: Locked<State>

  struct State: Sendable {
    var role: Fact<Office.Role>
    var isActive = Fact(true)
    /// Whether the browser is signed in.
    var isSignedIn = Fact(false)
    /// Whether the owner was asked, which one may do once a day.
    var hasAsked = Fact(false)
  }

  init(id: String, email: String, password: String, source: UInt8, role: Office.Role) {
    self.id = id
    self.email = email
    self.password = password
    self.source = source
    state = Locked(State(role: Fact(role)))
  }

  func with<Result: Sendable>(_ body: (inout State) -> Result) -> Result { state.withLock(body) }

  var role: Office.Role { state.withLock { $0.role.value } }
  var isActive: Bool { state.withLock { $0.isActive.value } }
  var isSignedIn: Bool { state.withLock { $0.isSignedIn.value } }
}

/// Which records an organisation has, and how many of them its exports must hold.
struct OfficeRecords: Sendable {
  let deals: Int
  static let notesOfDeal = 3
  static let tasksOfDeal = 2

  /// The rows of each file, of the entire organisation or of the member at that place; users are counted elsewhere.
  func rows(ofMember place: Int? = nil, among count: Int) -> [String: Int] {
    let deals = place.map { (self.deals - $0 + count - 1) / count } ?? deals
    return [
      "Deals.csv": deals, "Contacts.csv": deals, "DealContacts.csv": deals,
      "Notes.csv": deals * Self.notesOfDeal, "Tasks.csv": deals * Self.tasksOfDeal,
    ]
  }

  /// The files of an import: each deal with a contact of its own, owned by the people in turn.
  func files(marker: String, emails: [String]) -> [String: String] {
    var deals = "deal_id,deal_name,owner_email,summary\r\n"
    var contacts = "contact_id,full_name,contact_type,owner_email\r\n"
    var links = "deal_id,contact_id,role,position\r\n"
    var notes = "note_id,deal_id,note_content,author_email\r\n"
    var tasks = "task_id,deal_id,task_name,assigned_to_email\r\n"
    for number in 1...self.deals {
      let email = emails[(number - 1) % emails.count]
      deals +=
        "D-\(number),\(marker) deal \(number),\(email),\(marker) of \(number &* 2_654_435_761 % 1_000_003)\r\n"
      contacts += "C-\(number),\(marker) client \(number),person,\(email)\r\n"
      links += "D-\(number),C-\(number),primary,1\r\n"
      for note in 1...Self.notesOfDeal {
        let id = (number - 1) * Self.notesOfDeal + note
        notes += "N-\(id),D-\(number),\(marker) said \(id &* 40_503 % 65_521),\(email)\r\n"
      }
      for task in 1...Self.tasksOfDeal {
        let id = (number - 1) * Self.tasksOfDeal + task
        tasks += "T-\(id),D-\(number),\(marker) call \(id),\(email)\r\n"
      }
    }
    return [
      "Deals.csv": deals, "Contacts.csv": contacts, "DealContacts.csv": links, "Notes.csv": notes,
      "Tasks.csv": tasks,
    ]
  }
}
