/// What a search of records looks into: a table of its own beside the records, whose rows are too wide to be looked
/// through while somebody waits.
struct RecordSearch {
  /// The name of the table in the database.
  let table: String
  /// Its columns that the records have too, the key first. After them comes `folded`.
  let columns: [String]
  /// The columns of the records that `folded` is made of.
  let sources: [String]
  /// Makes it of the texts of those columns.
  let fold: ([String?]) -> String
}

extension Table.Name {
  /// Nil for a table whose records nobody searches.
  var search: RecordSearch? {
    switch self {
    case .deals:
      RecordSearch(
        table: "deal_search", columns: ["deal_id", "owner_id", "status"],
        sources: ["deal_name", "deal_ref", "lender", "security_address"], fold: foldedDeal)
    case .contacts:
      RecordSearch(
        table: "contact_search", columns: ["contact_id"], sources: ["full_name", "email", "secondary_email"],
        fold: { foldedContact($0[0], $0[1], $0[2]) })
    case .notes, .tasks, .dealContacts, .users, .documents: nil
    }
  }
}
