import Mustache

extension Deal {
  /// What a list and the deal's own page have in common.
  var view: Object {
    [
      "id": .text(id.description),
      "address": .text(Route.deal.path(id.description)),
      "name": .text(displayName),
      "reference": Value(reference == displayName ? nil : reference),
      "stage": Value(stage),
      "status": Value(status),
      "archived": .bool(isArchived),
      "amount": Value(loanAmount.map { Wording.amount($0, currency) }),
      "owner": Value(owner?.name),
    ]
  }
}
