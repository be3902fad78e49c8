/// What a template is rendered with: the tree that a page handler builds.
///
///     ["title": "Export", "rows": .list(rows.map { ["id": .text($0.id)] })]
///
/// For a section `null`, `false`, `0`, an empty text and an empty list are false, as in the specification's
/// `!!value`; all else is true. Where a text is wanted, an object, a list or a filter prints nothing.
package enum Value: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case text(String)
  case list([Value])
  case object(Object)
  /// A section of it prints what stands in it changed by the function, which gets that as HTML, names around it
  /// filled in and escaped.
  case filter(@Sendable ([UInt8]) -> [UInt8])

  /// A text that may be missing: then the value is `null`, which a template can test with `{{^name}}`.
  package init(_ text: String?) {
    self = text.map(Value.text) ?? .null
  }

  var isTrue: Bool {
    switch self {
    case .null: false
    case .bool(let bool): bool
    case .integer(let integer): integer != 0
    case .text(let text): !text.isEmpty
    case .list(let items): !items.isEmpty
    case .object, .filter: true
    }
  }
}

extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
  package init(nilLiteral: ()) { self = .null }
  package init(booleanLiteral bool: Bool) { self = .bool(bool) }
  package init(integerLiteral integer: Int) { self = .integer(integer) }
}

extension Value: ExpressibleByStringInterpolation {
  package init(stringLiteral text: String) { self = .text(text) }
}

extension Value: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
  package init(arrayLiteral items: Value...) { self = .list(items) }
  package init(dictionaryLiteral pairs: (String, Value)...) { self = .object(Object(pairs: pairs)) }
}
