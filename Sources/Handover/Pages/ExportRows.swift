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
    let export: Export
    /// Of the activity: the receipts of an export only grow.
    let downloads: Int
    let isOwner: Bool
    let zone: String
    let hasLink: Bool
    let isAvailable: Bool
    let requested: String
    let since: String

    /// Of what tells most of them apart: all the rest costs more to hash than to compare.
    func hash(into hasher: inout Hasher) {
      hasher.combine(export.id)
      hasher.combine(downloads)
      hasher.combine(isOwner)
      hasher.combine(requested)
      hasher.combine(since)
    }
  }

  /// So many are kept, of about 3 kB each.
  static let kept = 1_000

  let visit: Visit
  let listing: ExportListing
  let connection: Connection

  /// Rows of exports that wait or run.
  func open() throws -> [Value] { try make(listing.open) }

  /// Rows of those that have ended.
  func ended() throws -> [Value] {
    let keys = try keys(of: listing.ended)
    let known = visit.site.exportRows.all
    let rows = keys.map { known[$0] }
    let missing = rows.indices.filter { rows[$0] == nil }
    if missing.isEmpty { return rows.compactMap(\.self) }
    let made = Dictionary(
      uniqueKeysWithValues: zip(missing.map { keys[$0] }, try make(missing.map { listing.ended[$0] })))
    visit.site.exportRows.add(made)
    return zip(keys, rows).map { key, row in row ?? made[key] ?? .null }
  }

  private func keys(of exports: [Export]) throws -> [Key] {
    let organisation = try visit.organisation
    let isOwner = try visit.me.role == .owner
    let downloads = try connection.countDownloads(of: exports.map(\.id), in: organisation.id)
    return zip(exports, downloads).map { export, downloads in
      let since = export.status == .completed ? export.archive?.expiresAt : export.endedAt
      return Key(
        export: export, downloads: downloads, isOwner: isOwner, zone: organisation.timeZone,
        hasLink: listing.links.has(export), isAvailable: export.isAvailable(at: visit.now),
        requested: relative(export.requestedAt, to: visit.now),
        since: since.map { relative($0, to: visit.now) } ?? "")
    }
  }

  private func make(_ exports: [Export]) throws -> [Value] {
    let details = try ExportDetails.views(of: exports, visit, connection)
    let row = ExportRow(
      visit: visit, listing: listing, details: details, isOwner: try visit.me.role == .owner)
    return try exports.map { export in
      var view = row.view(of: export)
      visit.site.constants.add(to: &view)
      return .text(String(decoding: try visit.site.render("partials/export_row", view), as: UTF8.self))
    }
  }
}
