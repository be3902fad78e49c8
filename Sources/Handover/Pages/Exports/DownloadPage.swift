import HTTP
import Mustache

/// The download: checks the link, then lets nginx send the file.
enum DownloadPage {
  static func show(_ visit: SignedIn) throws -> Response {
    let id: ExportID = try visit.id()
    let user = visit.user
    let outcome = try visit.exports.follow(visit.request.target, to: id, by: user)
    if let reason = outcome.refusal {
      visit.exports.recordRefusedDownload(id, by: user, from: visit.address, because: reason)
    }
    switch outcome {
    case .notFound: throw Refusal.notFound
    case .notOwner:
      throw Refusal(
        status: .forbidden, detail: "Only the owner of the organisation can download its exports.")
    case .gone(let export): return try gone(visit, export)
    // The proof comes after the link, so that a forged link is told nothing.
    case .file where !visit.isProved: return try ConfirmPage.ask(visit)
    case .file(let file):
      if let part = part(of: file, visit.request) {
        try visit.exports.recordDownload(of: file.export, by: user, from: visit.address, part)
      }
      return Response(.ok)
        .with("Content-Type", "application/zip")
        .with("Content-Disposition", ContentDisposition.attachment(file.name))
        .with("Cache-Control", "private, no-store")
        .with("X-Accel-Redirect", NginxPath.archive(file.file))
    }
  }

  /// What the receipt says: the whole file, or a range from its first byte on. HEAD takes nothing, and a
  /// later range continues the same download, unless If-Range names another file.
  private static func part(of file: DownloadFile, _ request: Request) -> DownloadPart? {
    guard request.method == .get else { return nil }
    if let condition = request.headers["If-Range"], condition != file.tag { return .whole }
    return switch RequestedBytes(range: request.headers["Range"], size: file.size) {
    case .whole: .whole
    case .fromTheFirst: .range
    case .later, .unsatisfiable: nil
    }
  }

  private static func gone(_ visit: SignedIn, _ export: Export) throws -> Response {
    try visit.page(
      "pages/link_expired",
      [
        "download": true, "reset": false, "invitation": false,
        "email": false,
        "export": [
          "status_word": .text(export.status == .revoked ? "Revoked" : "Expired"),
          "scope_text": .text(export.scopeText),
          "gone": visit.moment(export.goneAt ?? visit.now),
        ],
      ], status: .gone)
  }
}

extension Export {
  /// When the link ended: when it was revoked, or at its expiry by the clock.
  fileprivate var goneAt: UnixTime? {
    status == .revoked ? endedAt : archive?.expiresAt
  }
}
