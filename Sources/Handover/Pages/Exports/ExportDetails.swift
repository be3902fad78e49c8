import Mustache
import SQLite
import Secrets

/// What folds out of an export's row, as `partials/export_details` lists its values.
enum ExportDetails {
  /// Of each export that has an archive.
  static func views(
    of exports: [Export], _ visit: SignedIn, _ connection: Connection
  ) throws -> [ExportID: Value] {
    let ids = exports.filter { $0.archive != nil }.map(\.id)
    if ids.isEmpty { return [:] }
    let organisation = visit.organisation.id
    let files = try connection.exports.files(of: ids, in: organisation)
    let downloads = try connection.exports.downloads(of: ids, in: organisation)
    var views: [ExportID: Value] = [:]
    for export in exports {
      guard let archive = export.archive else { continue }
      views[export.id] = view(
        of: export, archive, files[export.id] ?? [], downloads[export.id] ?? [], visit)
    }
    return views
  }

  private static func view(
    of export: Export, _ archive: Export.Archive, _ files: [ArchiveReport.File], _ downloads: [Event],
    _ visit: SignedIn
  ) -> Value {
    [
      "snapshot": .text(visit.exact(archive.snapshotAt)),
      "requested": .text(visit.exact(export.requestedAt)),
      "completed": .text(visit.exact(archive.completedAt)),
      "expires": .text(visit.exact(archive.expiresAt)),
      "sha256": .text(hex(archive.sha256)),
      "files": .list(
        files.map {
          [
            "name": .text($0.name), "rows": .text(Wording.grouped($0.rows)),
            "size": .text(Wording.size($0.bytes)),
          ]
        }),
      "total_rows": .text(Wording.grouped(files.reduce(0) { $0 + $1.rows })),
      "total_size": .text(Wording.size(files.reduce(0) { $0 + $1.bytes })),
      "receipts": receipts(downloads, visit),
    ]
  }

  private static func receipts(_ downloads: [Event], _ visit: SignedIn) -> Value {
    if downloads.isEmpty { return .null }
    return [
      "count_text": .text(Wording.plural(downloads.count, "download")),
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
