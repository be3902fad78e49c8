import HTTP
import Mustache
import Secrets

/// One document in a list.
struct DocumentRow {
  let document: Document
  let visit: SignedIn

  /// The values of `partials/document_row`.
  var view: Value {
    [
      "id": .text(document.id.description),
      "name": .text(document.name),
      "deal": .text(document.deal.description),
      "size": .text(Wording.size(document.bytes)),
      "sha256": .text(hex(document.sha256)),
      "added": visit.moment(document.addedAt),
      "added_by": Value(document.addedBy?.name),
      "state": .text(document.state.rawValue),
    ]
  }
}
