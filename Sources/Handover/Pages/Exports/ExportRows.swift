import Mustache
import SQLite

/// The rows of a list as HTML, by `partials/export_row`.
///
/// The database is read for each page. But an export that has ended shows the same for a minute, an hour, a day,
/// as its times are told; so its row's HTML is kept under all that it is made of, and made again when any of that
/// is another. Two thirds of a page's time are saved by it.
struct ExportRows {
  /// Nothing else may decide what a row shows, but what never changes while the server runs.
  struct Key: Hashable, Sendable {
    /// All that the database has of the export, and the number of its downloads: receipts only grow.
    let ended: EndedExport
    let isOwner: Bool
    let zone: String
    let hasLink: Bool
    let isAvailable: Bool
    let requested: RelativeTime
    let since: RelativeTime?

    /// Of what tells most of them apart: all the rest costs more to hash than to compare.
    func hash(into hasher: inout Hasher) {
      hasher.combine(ended)
      hasher.combine(isOwner)
    }
  }

  /// So many are kept, of about 3 kB each.
  static let kept = 1_000

  let visit: SignedIn
  let listing: ExportListing
  let connection: Connection

  /// Rows of exports that wait or run.
  func open() throws -> [Value] { try make(listing.open) }

  /// Rows of those that have ended.
  func ended() throws -> [Value] {
    let keys = try listing.ended.map(key)
    let known = visit.site.exportRows.all
    let rows = keys.map { known[$0] }
    let missing = rows.indices.filter { rows[$0] == nil }
    if missing.isEmpty { return rows.compactMap(\.self) }
    let made = Dictionary(
      uniqueKeysWithValues: zip(
        missing.map { keys[$0] }, try make(missing.map { listing.ended[$0].export })))
    visit.site.exportRows.add(made)
    return zip(keys, rows).map { key, row in row ?? made[key] ?? .null }
  }

  private func key(of ended: EndedExport) throws -> Key {
    let export = ended.export
    let since = export.status == .completed ? export.archive?.expiresAt : export.endedAt
    return Key(
      ended: ended, isOwner: visit.user.role == .owner, zone: visit.organisation.timeZone,
      hasLink: listing.links.has(export), isAvailable: export.isAvailable(at: visit.now),
      requested: RelativeTime(export.requestedAt, to: visit.now),
      since: since.map { RelativeTime($0, to: visit.now) })
  }

  private func make(_ exports: [Export]) throws -> [Value] {
    let details = try ExportDetails.views(of: exports, visit, connection)
    let row = ExportRow(
      visit: visit, listing: listing, details: details, isOwner: visit.user.role == .owner)
    return try exports.map { export in
      var view = row.view(of: export)
      visit.site.shared.add(to: &view)
      return .text(String(decoding: try visit.site.render("partials/export_row", view), as: UTF8.self))
    }
  }
}
