import HTTP
import Mustache

/// The exports of one page: those that wait or run, then those with a file or a failure, then what is gone, each as
/// HTML by `partials/export_row`.
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
  private let ended: [EndedExport]
  /// One that the page is about: it comes first, wherever in the list it is.
  private let named: Export?
  private let waiting: [ExportID: WaitingExport]
  private let filter: ExportFilter
  private let openPaging: Paging
  private let endedPaging: Paging
  /// Of those that are or were completed.
  private let hands: [ExportID: [Hand]]
  private let links: DownloadLinks
  private let visit: SignedIn
  private let table: ExportTable

  /// Reads the page that the visit asks for. Valid while the table's transaction lasts.
  ///
  /// - Parameter id: of one that is to be on it in any case.
  init(_ visit: SignedIn, _ table: ExportTable, naming id: ExportID? = nil) throws {
    self.visit = visit
    self.table = table
    let organisation = visit.organisation.id
    let known = visit.site.exportList.exports
    let filter = ExportFilter(visit.query)
    self.filter = filter
    var (open, ended) = (
      Paging(page: visit.pageNumber, size: Self.mostOpen), Paging(page: visit.pageNumber, size: Self.pageSize)
    )
    if filter == .everything {
      self.open = try table.open(of: organisation, offset: open.offset, limit: open.size)
      self.ended = try table.ended(of: organisation, offset: ended.offset, limit: ended.size, known: known)
      waiting = try visit.exports.waiting(self.open, after: open.offset, in: table.connection)
      open.count = open.isWhole(self.open.count) ? self.open.count : try table.openCount(of: organisation)
      ended.count =
        ended.isWhole(self.ended.count)
        ? self.ended.count
        : try table.count(of: organisation, known: visit.site.exportList.counts) - open.count
    } else {
      let found = try table.matching(filter, of: organisation)
      let all = found.open.isEmpty ? [] : try table.open(of: organisation)
      let shown = Set(open.part(of: found.open))
      self.open = all.filter { shown.contains($0.id) }
      self.ended = try table.ended(
        of: organisation, among: ended.part(of: found.ended), offset: 0, limit: ended.size, known: known)
      waiting = try visit.exports.waiting(all, in: table.connection)
      (open.count, ended.count) = (found.open.count, found.ended.count)
    }
    (openPaging, endedPaging) = (open, ended)
    named = try id.flatMap { try table.find($0, of: organisation) }
    let made = (self.ended.map(\.export) + [named].compactMap(\.self)).filter { $0.archive != nil }
    hands = made.isEmpty ? [:] : try table.connection.hands.of(made.map(\.id), in: organisation)
    links = visit.exports.linksNow()
  }

  /// The values of `partials/export_list`.
  func view() throws -> Object {
    let rows = zip(ended, try endedRows()).filter { $0.0.export.id != named?.id }
    return [
      "notice": Value(visit.exports.storage.notice),
      "running": .bool(!open.isEmpty || named?.status.isOpen == true),
      "named": section(try named.map { try render([$0], waiting) } ?? []),
      "being_made": section(try render(open.filter { $0.id != named?.id }, waiting)),
      "earlier": section(rows.filter { !$0.0.export.status.isGone }.map(\.1)),
      "gone": section(rows.filter { $0.0.export.status.isGone }.map(\.1)),
      "range": .text(range),
      "pages": pages,
      "past": endedPaging.past(.exports, filter.form, last: lastPage),
      "none": .bool(total == 0 && filter == .everything),
      "unfit": .bool(total == 0 && filter != .everything),
    ]
  }

  /// The values of `partials/export_filter`; null where there is nothing to choose from.
  var filterView: Value {
    if total < 2, filter == .everything { return .null }
    let states = Export.Status.allCases.map { state in
      ["value": .text(state.rawValue), "name": .text(state.word), "chosen": .bool(state == filter.status)]
        as Value
    }
    return ["states": .list(states), "q": .text(filter.person)]
  }

  /// The query of this very page, for what reads it again.
  var query: Form {
    var query = filter.form
    if visit.pageNumber > 1 { query = query.adding("page", String(visit.pageNumber)) }
    if let named { query = query.adding("export", named.id.rawValue) }
    return query
  }

  /// How many exports there are on all pages.
  private var total: Int { openPaging.count + endedPaging.count }

  /// `12 exports`, `21 to 40 of 43 exports`, `2 exports being made; 1 to 20 of 43 earlier exports`.
  private var range: String {
    let isWhole = endedPaging.count <= endedPaging.size && openPaging.count <= openPaging.size
    if isWhole || visit.pageNumber > lastPage {
      return Wording.plural(total, "export")
    }
    if openPaging.count == 0 { return endedPaging.range("export", "exports") }
    let parts = [
      open.isEmpty ? nil : openPaging.range("export", "exports") + " being made",
      ended.isEmpty ? nil : endedPaging.range("earlier export", "earlier exports"),
    ]
    return parts.compactMap(\.self).joined(separator: "; ")
  }

  private var lastPage: Int { max(openPaging.last, endedPaging.last) }

  private var pages: Value {
    visit.pageNumber > lastPage
      ? .null : endedPaging.view(.exports, filter.form, goesOn: visit.pageNumber < lastPage)
  }

  private func section(_ rows: [Value]) -> Value {
    rows.isEmpty ? .null : ["rows": .list(rows)]
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
      ended: ended, isOwner: visit.user.role == .owner, query: visit.listQuery,
      zone: visit.organisation.timeZone,
      hasLink: links.has(export), isLinkAway: links.areAway, isAvailable: export.isAvailable(at: visit.now),
      requested: RelativeTime(export.requestedAt, to: visit.now),
      since: since.map { RelativeTime($0, to: visit.now) },
      downloaded: ended.lastDownload.map { RelativeTime($0.at, to: visit.now) },
      isDownloader: ended.lastDownload?.actor.user == visit.user.id,
      hands: hands[export.id] ?? [],
      handTimes: (hands[export.id] ?? []).flatMap { [$0.handedAt, $0.endedAt, $0.downloadedAt] }
        .map { $0.map { RelativeTime($0, to: visit.now) } })
  }

  private func render(_ exports: [Export], _ waiting: [ExportID: WaitingExport] = [:]) throws -> [Value] {
    let organisation = visit.organisation.id
    let archived = exports.filter { $0.archive != nil }.map(\.id)
    let files = archived.isEmpty ? [:] : try table.files(of: archived, in: organisation)
    return try exports.map { export in
      let row = ExportRow(
        export: export, files: files[export.id] ?? [],
        leftOut: export.archive == nil || export.scope.user == nil
          ? nil : try table.connection.leftOut.of(export.id, in: organisation),
        receipts: export.archive == nil ? .none : try table.connection.downloads.receipts(of: export),
        hands: hands[export.id] ?? [],
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

extension ExportFilter {
  /// What the page's form sends.
  init(_ query: Form) {
    let person = TextLimit.search.cut(query["q"] ?? "")
    self.init(
      status: query["state"].flatMap(Export.Status.init),
      person: person.allSatisfy(\.isWhitespace) ? "" : person)
  }

  /// The same as a query.
  var form: Form {
    var form = Form()
    if let status { form = form.adding("state", status.rawValue) }
    return person.isEmpty ? form : form.adding("q", person)
  }
}

extension Export.Status {
  /// Whether there was or would have been a file, and nothing is left to do but to ask for another.
  var isGone: Bool { self == .cancelled || self == .revoked || self == .expired }
}

extension ExportList {
  /// What earlier pages read and rendered.
  struct Known: Sendable {
    /// A row of HTML takes about 3 kB.
    private static let limit = 1_000

    fileprivate let exports = EndedExport.Known(limit: limit)
    fileprivate let rows = Cache<RowKey, Value>(limit: limit)
    fileprivate let counts = ExportCount.Known(limit: limit)
  }

  /// Everything that the HTML of an ended export's row depends on, except what never changes while the server
  /// runs.
  fileprivate struct RowKey: Hashable, Sendable {
    let ended: EndedExport
    let isOwner: Bool
    /// Of the list, which the addresses of the buttons carry.
    let query: String
    let zone: String
    let hasLink: Bool
    let isLinkAway: Bool
    let isAvailable: Bool
    let requested: RelativeTime
    let since: RelativeTime?
    let downloaded: RelativeTime?
    /// Whether who looks has downloaded it last.
    let isDownloader: Bool
    let hands: [Hand]
    let handTimes: [RelativeTime?]

    /// Hashes what tells most keys apart; the rest costs more to hash than to compare.
    func hash(into hasher: inout Hasher) {
      hasher.combine(ended)
      hasher.combine(isOwner)
    }
  }
}
