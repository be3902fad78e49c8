import HTTP
import Mustache

/// Deals: those that the reader may see, newest first.
enum DealsPage {
  static let pageSize = 50

  static func show(_ visit: SignedIn) throws -> Response {
    let organisation = visit.organisation.id
    let asked = DealQuery(visit)
    let known = visit.site.dealChoices
    let page = visit.pageNumber
    let manages = visit.user.role.isAdmin
    let (found, choices) = try visit.database.read {
      (
        try $0.deals.page(
          page, of: pageSize, asked.filter, in: Scope(of: visit.user), of: organisation, known: known),
        try $0.deals.choices(of: organisation, known: known)
      )
    }
    let (owners, documents, strays) = try visit.database.read {
      (
        try manages ? $0.users.named(choices.ownersToChoose, of: organisation) : [],
        try $0.documents.counts(of: found.deals.map(\.id), of: organisation),
        try manages ? countStrays($0.documents, $0.deals, visit) : 0
      )
    }
    let hasNobodys = !owners.isEmpty && choices.owners.keys.contains(nil)
    let paging = Paging(page: page, size: pageSize, count: found.count)
    return try visit.settingsPage(
      "pages/deals", at: .deals,
      [
        "q": .text(asked.filter.text),
        "statuses": options(choices.statuses.map { ($0, $0) }, asked.filter.status),
        "owners": options(
          owners.map { ($0.id.description, $0.displayName) }
            + (hasNobodys ? [(DealQuery.nobody, "Nobody")] : []),
          asked.ownerWord),
        "filtered": .bool(asked.filter != DealFilter()),
        "by_contact": .bool(found.isByContact),
        "everything": .bool(manages),
        "empty": .bool(found.count == 0 && asked.filter == DealFilter()),
        "range": .text(paging.range("deal", "deals")),
        "deals": .list(found.deals.map { row($0, documents[$0.id] ?? 0, visit) }),
        "pages": paging.view(.deals, asked.form),
        "past": paging.past(.deals, asked.form),
        "strays": strays == 0
          ? .null
          : [
            "count": .text(Wording.plural(strays, "document")), "is_one": .bool(strays == 1),
            "address": .text(Route.withoutDeal.path()),
          ],
      ])
  }

  /// How many documents are without a deal. Of which deals is looked up once for each version of the records.
  private static func countStrays(_ documents: DocumentTable, _ deals: DealTable, _ visit: SignedIn) throws
    -> Int
  {
    let organisation = visit.organisation.id
    let gone = try visit.site.goneDeals.value(for: deals.version(of: organisation)) {
      try documents.dealsThatAreGone(of: organisation)
    }
    return try gone.isEmpty
      ? 0 : documents.counts(of: gone, of: organisation).values.reduce(0, +)
  }

  private static func row(_ deal: Deal, _ documents: Int, _ visit: SignedIn) -> Value {
    var row = deal.view
    row.merge([
      "contact": Value(deal.contact),
      "lender": Value(deal.lender),
      "changed": deal.changedAt.map { visit.moment($0) } ?? .null,
      "documents": Value(documents == 0 ? nil : Wording.plural(documents, "document")),
    ])
    return .object(row)
  }

  /// Null where there is nothing to choose from.
  private static func options(_ all: [(value: String, words: String)], _ chosen: String?) -> Value {
    all.isEmpty
      ? .null
      : [
        "list": .list(
          all.map {
            ["value": .text($0.value), "words": .text($0.words), "chosen": .bool($0.value == chosen)]
          })
      ]
  }
}

/// What the address of the list asks for.
private struct DealQuery {
  let filter: DealFilter

  /// Stands for deals that nobody owns.
  static let nobody = "nobody"

  init(_ visit: SignedIn) {
    let query = visit.query
    var filter = DealFilter(text: TextLimit.search.cut(query["q"] ?? ""))
    filter.status = query["status"].flatMap { $0.isEmpty ? nil : TextLimit.name.cut($0) }
    // A user sees the own deals alone.
    if visit.user.role.isAdmin, let owner = query["owner"] {
      filter.owner = owner == Self.nobody ? .nobody : UserID(owner).map { .user($0) }
    }
    self.filter = filter
  }

  var ownerWord: String? {
    switch filter.owner {
    case .user(let id): id.description
    case .nobody: Self.nobody
    case nil: nil
    }
  }

  /// The same, as the addresses of other pages carry it on.
  var form: Form {
    var form = Form()
    if !filter.text.isEmpty { form = form.adding("q", filter.text) }
    if let status = filter.status { form = form.adding("status", status) }
    if let ownerWord { form = form.adding("owner", ownerWord) }
    return form
  }
}
