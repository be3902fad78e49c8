import HTTP
import Mustache
import Secrets

/// What went from whom to whom, to print: for the owner, for whoever has the export in hand or had it, and for the former
/// owner who handed it over.
enum ReceiptPage {
  static func show(_ visit: SignedIn) throws -> Response {
    let id: ExportID = try visit.id()
    let isOwner = visit.user.role == .owner
    let view: Object? = try visit.database.read { connection in
      guard let export = try connection.exports.find(id, of: visit.organisation.id),
        let archive = export.archive
      else { return nil }
      // A recipient reads nothing of the other ones.
      let hands = try connection.hands.all(of: export).filter {
        isOwner || [$0.user.id, $0.by.id].contains(visit.user.id)
      }
      guard isOwner || !hands.isEmpty else { return nil }
      let files = try connection.exports.files(of: [id], in: visit.organisation.id)[id] ?? []
      let leftOut = try connection.leftOut.of(id, in: visit.organisation.id)
      let downloads = try connection.activity.events(
        of: visit.organisation.id, about: id.rawValue, .exportDownloaded, by: isOwner ? nil : visit.user.id,
        limit: mostDownloads + 1)
      let contents = ArchiveContents(files: files, workbook: archive.workbook)
      return [
        "id": .text(id.rawValue),
        "whose": Value(export.subjectName),
        "of_contact": .bool(export.scope.contact != nil),
        "purpose": Value(export.purpose.isEmpty ? nil : export.purpose),
        "format": .text(export.format.words),
        "requested_by": .text(export.requestedBy.name),
        "requested": .text(visit.exact(export.requestedAt)),
        "snapshot": .text(visit.exact(archive.snapshotAt)),
        "completed": .text(visit.exact(archive.completedAt)),
        "expires": .text(visit.exact(archive.expiresAt)),
        "ended": export.status.isGone
          ? export.endedAt.map { .text("\(export.status.word), \(visit.exact($0))") } ?? .null : .null,
        "size": .text(Wording.size(archive.size)),
        "sha256": .text(hex(archive.sha256)),
        "entry": archive.entry?.value ?? .null,
        "files": .list(
          contents.lines.map {
            ["file": .text($0.name), "rows": .text($0.rows.map(Wording.grouped) ?? "")]
          }),
        "cut_texts": Value(contents.cutTexts),
        "total_rows": .text(Wording.grouped(archive.rows)),
        "documents": Value(archive.documents),
        "left_out": leftOut?.value ?? .null,
        "hands": hands.isEmpty ? .null : ["list": .list(hands.map { Self.view($0, visit) })],
        "downloads": downloads.isEmpty
          ? .null
          : [
            "list": .list(downloads.prefix(mostDownloads).map { Self.view($0, visit) }),
            "more": .bool(downloads.count > mostDownloads),
          ],
        "printed": .text(visit.exact(visit.now)),
      ]
    }
    guard let view else { throw Refusal.notFound }
    return try visit.settingsPage("pages/receipt", at: .export, view)
  }

  /// So many downloads fit on a receipt.
  private static let mostDownloads = 50

  private static func view(_ hand: Hand, _ visit: SignedIn) -> Value {
    [
      "to": .text(hand.user.name), "from": .text(hand.by.name), "at": .text(visit.exact(hand.handedAt)),
      "until": Value(hand.endedAt.map(visit.exact)),
    ]
  }

  private static func view(_ download: Event, _ visit: SignedIn) -> Value {
    [
      "who": .text(download.actor.description), "at": .text(visit.exact(download.at)),
      "part": .text(DownloadPart(download)?.rawValue ?? download.detail),
      "times": download.times > 1 ? .text(Wording.plural(download.times, "time")) : .null,
    ]
  }
}
