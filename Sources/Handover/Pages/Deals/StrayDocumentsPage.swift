import HTTP
import Mustache

/// The documents of deals that an import has removed.
enum StrayDocumentsPage {
  private static let pageSize = 50

  static func show(_ visit: SignedIn) throws -> Response {
    let organisation = visit.organisation.id
    let view: Object = try visit.database.read { connection in
      let paging = Paging(
        page: visit.pageNumber, size: pageSize,
        count: try connection.documents.countWithoutDeal(of: organisation))
      let documents = try connection.documents.withoutDeal(
        of: organisation, offset: paging.offset, limit: pageSize)
      return [
        "documents": .list(documents.map { DocumentRow(document: $0, isStray: true, visit: visit).view }),
        "none": .bool(paging.count == 0),
        "range": .text(paging.range("document", "documents")),
        "pages": paging.view(.withoutDeal),
        "past": paging.past(.withoutDeal),
      ]
    }
    return try visit.settingsPage("pages/deals_none", at: .deals, view)
  }
}
