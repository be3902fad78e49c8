import Mustache
import SQLite
import Secrets

/// What folds out of an export's row, as `partials/export_details` makes it.
///
/// An archive never changes, and its receipts only grow: so the HTML is made once for a number of receipts, and
/// kept. That halves the time of a page.
enum ExportDetails {
  struct Key: Hashable, Sendable {
    let export: ExportID
    let zone: String
    let receipts: Int
  }

  /// So many are kept, of about 2 kB each.
  static let kept = 2_000

  /// The HTML of each export that has an archive.
  static func html(
    of exports: [Export], _ visit: Visit, _ connection: Connection
  ) throws -> [ExportID: String] {
    let organisation = try visit.organisation
    let archived = exports.filter { $0.archive != nil }
    let counts = try connection.countDownloads(of: archived.map(\.id), in: organisation.id)
    var html: [ExportID: String] = [:]
    for export in archived {
      html[export.id] =
        visit.site.details[
          Key(export: export.id, zone: organisation.timeZone, receipts: counts[export.id] ?? 0)]
    }
    let missing = archived.filter { html[$0.id] == nil }
    if missing.isEmpty { return html }
    let files = try connection.files(of: missing.map(\.id), in: organisation.id)
    let downloads = try connection.downloads(of: missing.map(\.id), in: organisation.id)
    for export in missing {
      guard let archive = export.archive else { continue }
      let receipts = downloads[export.id] ?? []
      let view = view(of: export, archive, files[export.id] ?? [], receipts, visit)
      let made = String(decoding: try visit.site.render("partials/export_details", view), as: UTF8.self)
      visit.site.details[Key(export: export.id, zone: organisation.timeZone, receipts: receipts.count)] = made
      html[export.id] = made
    }
    return html
  }

  private static func view(
    of export: Export, _ archive: Export.Archive, _ files: [ArchiveReport.File], _ downloads: [Event],
    _ visit: Visit
  ) -> Object {
    [
      "snapshot": .text(visit.exact(archive.snapshotAt)),
      "requested": .text(visit.exact(export.requestedAt)),
      "completed": .text(visit.exact(archive.completedAt)),
      "expires": .text(visit.exact(archive.expiresAt)),
      "sha256": .text(hex(archive.sha256)),
      "files": .list(
        files.map {
          ["name": .text($0.name), "rows": .text(grouped($0.rows)), "size": .text(size($0.bytes))]
        }),
      "total_rows": .text(grouped(files.reduce(0) { $0 + $1.rows })),
      "total_size": .text(size(files.reduce(0) { $0 + $1.bytes })),
      "receipts": receipts(downloads, visit),
    ]
  }

  private static func receipts(_ downloads: [Event], _ visit: Visit) -> Value {
    if downloads.isEmpty { return .null }
    return [
      "count_text": .text(plural(downloads.count, "download")),
      "list": .list(
        downloads.map {
          [
            "who": .text($0.actor.description), "when": .text(visit.exact($0.at)),
            "from": .text($0.actor.address), "part": .text($0.detail),
          ]
        }),
    ]
  }
}
