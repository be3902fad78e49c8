import SQLite

/// The schema, as an append-only list: a migration that has been released is never edited.
///
/// Times of the product are whole seconds since 1970-01-01 UTC; times and dates of the records are text, as
/// they stand in an export. The tables of the records are clustered by (organisation, id), so that an export
/// reads its rows in order; pages of 16 KiB keep a row of some kilobytes in one piece.
enum Migrations {
  static let all = [
    Migration(name: "accounts", sql: accounts),
    Migration(name: "throttle", sql: throttle),
    Migration(name: "records", sql: records),
    Migration(name: "activity", sql: activity),
    Migration(name: "letters", sql: letters),
    Migration(name: "exports", sql: exports),
    Migration(name: "owner requests", sql: ownerRequests),
    Migration(name: "open exports", sql: openExports),
  ]
}
