import Mustache

/// The exports of one page: those that wait or run, then the ended ones, each as HTML by
/// `partials/export_row`.
///
/// Every page reads the database, but the row of an ended export reads the same for a minute, an hour or a
/// day: its times are relative. So two caches keep the export, by the cells of its row, and its HTML, by
/// everything that it depends on. Without them, decoding would take a quarter of a page's time, and rendering
/// most of the rest.
struct ExportList {
  static let pageSize = 20
  /// How many of those that wait or run a page shows.
  static let mostOpen = 50

  /// The exports that wait or run, in the order in which they will be done.
  let open: [Export]
  /// How many of them are on the pages before.
  private let openBefore: Int
  /// One that an answer is about and that is on another page: it comes first.
  private let named: Export?
  private let ended: [EndedExport]
  /// Whether the list has older exports than this page.
  private let goesOn: Bool
  private let links: DownloadLinks
  private let visit: SignedIn
  private let table: ExportTable

  /// Reads the page that the visit asks for. Valid while the table's transaction lasts.
  ///
  /// - Parameter named: an open export that is to be on it in any case.
  init(_ visit: SignedIn, _ table: ExportTable, naming named: ExportID? = nil) throws {
    self.visit = visit
    self.table = table
    let organisation = visit.organisation.id
    openBefore = (visit.pageNumber - 1) * Self.mostOpen
    let waiting = try table.open(of: organisation, offset: openBefore, limit: Self.mostOpen + 1)
    let shown = Array(waiting.prefix(Self.mostOpen))
    open = shown
    self.named = try named.flatMap { id in
      shown.contains { $0.id == id } ? nil : try table.find(id, of: organisation)
    }
    let found = try table.ended(
      of: organisation, offset: (visit.pageNumber - 1) * Self.pageSize, limit: Self.pageSize + 1,
      known: visit.site.exportList.exports)
    ended = Array(found.prefix(Self.pageSize))
    goesOn = found.count > Self.pageSize || waiting.count > Self.mostOpen
    links = visit.exports.linksNow()
  }

  /// The values of `partials/export_list`.
  func view() throws -> Object {
    [
      "notice": Value(visit.exports.storage.notice),
      "being_made": section(try openRows()),
      "earlier": section(try endedRows()),
      "pages": Paging(page: visit.pageNumber, size: Self.pageSize).view(.exports, goesOn: goesOn),
    ]
  }

  private func section(_ rows: [Value]) -> Value {
    rows.isEmpty ? .null : ["rows": .list(rows)]
  }

  private func openRows() throws -> [Value] {
    let waiting = try visit.exports.waiting(open, after: openBefore, in: table.connection)
    return try render(named.map { [$0] } ?? []) + render(open, waiting)
  }

  private func endedRows() throws -> [Value] {
    let keys = ended.map(key)
    let known = visit.site.exportList.rows.all
    let rows = keys.map { known[$0] }
    let missing = rows.indices.filter { rows[$0] == nil }
    if missing.isEmpty { return rows.compactMap(\.self) }
    let made = Dictionary(
      uniqueKeysWithValues: zip(missing.map { keys[$0] }, try render(missing.map { ended[$0].export })))
    visit.site.exportList.rows.add(made)
    return zip(keys, rows).map { key, row in row ?? made[key] ?? .null }
  }

  private func key(of ended: EndedExport) -> RowKey {
    let export = ended.export
    let since = export.status == .completed ? export.archive?.expiresAt : export.endedAt
    return RowKey(
      ended: ended, isOwner: visit.user.role == .owner, zone: visit.organisation.timeZone,
      hasLink: links.has(export), isLinkAway: links.areAway, isAvailable: export.isAvailable(at: visit.now),
      requested: RelativeTime(export.requestedAt, to: visit.now),
      since: since.map { RelativeTime($0, to: visit.now) },
      downloaded: ended.lastDownload.map { RelativeTime($0.at, to: visit.now) },
      isDownloader: ended.lastDownload?.actor.user == visit.user.id)
  }

  private func render(_ exports: [Export], _ waiting: [ExportID: WaitingExport] = [:]) throws -> [Value] {
    let organisation = visit.organisation.id
    let archived = exports.filter { $0.archive != nil }.map(\.id)
    let files = archived.isEmpty ? [:] : try table.files(of: archived, in: organisation)
    return try exports.map { export in
      let row = ExportRow(
        export: export, files: files[export.id] ?? [],
        receipts: export.archive == nil ? .none : try table.connection.downloads.receipts(of: export),
        link: export.status == .completed ? links.link(of: export)?.target : nil,
        isLinkAway: links.areAway,
        running: export.status == .processing
          ? try visit.exports.running(export, in: table.connection) : nil,
        waiting: waiting[export.id], visit: visit)
      var view = row.view
      visit.site.shared.add(to: &view)
      return .text(String(decoding: try visit.site.render("partials/export_row", view), as: UTF8.self))
    }
  }
}

extension ExportList {
  /// What earlier pages read and rendered.
  struct Known: Sendable {
    /// A row of HTML takes about 3 kB.
    private static let limit = 1_000

    fileprivate let exports = EndedExport.Known(limit: limit)
    fileprivate let rows = Cache<RowKey, Value>(limit: limit)
  }

  /// Everything that the HTML of an ended export's row depends on, except what never changes while the server
  /// runs.
  fileprivate struct RowKey: Hashable, Sendable {
    let ended: EndedExport
    let isOwner: Bool
    let zone: String
    let hasLink: Bool
    let isLinkAway: Bool
    let isAvailable: Bool
    let requested: RelativeTime
    let since: RelativeTime?
    let downloaded: RelativeTime?
    /// Whether who looks has downloaded it last.
    let isDownloader: Bool

    /// Hashes what tells most keys apart; the rest costs more to hash than to compare.
    func hash(into hasher: inout Hasher) {
      hasher.combine(ended)
      hasher.combine(isOwner)
    }
  }
}
