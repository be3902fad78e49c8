/// What an archive of a scope leaves out: the same sentences in README.txt and on the first sheet of the workbook.
struct ScopeInWords {
  let scope: Scope
  let hasDocuments: Bool
  /// Whether people look at CSV files; else at sheets, which are called as they are, without the ending.
  let isOfFiles: Bool

  /// What an empty cell means.
  var emptyCells: String {
    "An empty cell means unknown" + (scope.contact == nil ? "." : ", but in the rows of other people.")
  }

  /// In paragraphs; none for the entire organisation.
  var absent: [String] {
    switch scope {
    case .organisation: []
    case .user: [named(Self.ofUser)]
    case .contact(let id): ofContact(id).map(named)
    }
  }

  /// The name of a table as people see it: `Deals.csv`, or `Deals`.
  func named(_ text: String) -> String { isOfFiles ? text : text.replacing(".csv", with: "") }

  private static let ofUser =
    "Records that this user has nothing to do with. In it are the deals that the user owns; the contacts that the user owns "
    + "or that are on those deals; the notes and tasks of those deals, those that name only one of these contacts, and those "
    + "without a deal and a contact that are the user's own; and all the contacts that these notes and tasks name."

  private func ofContact(_ id: ContactID) -> [String] {
    [
      "What has nothing to do with \(id). In it are this contact, with every column; the deals that it is on; and the notes "
        + "and tasks that name it or one of these deals.",
      "What is known of other people. Of those who are on these deals, Contacts.csv has the id, the name and which of these "
        + "deals they are on, and DealContacts.csv the role; their other cells are empty, which here doesn't mean unknown. "
        + "Where a note or a task hangs on another deal too, or on somebody who is not on these deals, the cells that name it "
        + "are empty.",
      "Texts are as they were written. The texts of deals, notes and tasks may speak of other people: read them before you "
        + "give this file away."
        + (hasDocuments ? " So may the documents of these deals, and their names: look at them, too." : "")
        + " Users.csv has those of the office whom these rows name.",
    ]
  }
}
