/// Names and their values, in an array that is searched from the front.
///
/// With the 5 to 25 names of a page or a row, looking all of them up takes 0.4 to 0.7 of a dictionary's time,
/// and building it takes a quarter. Lengths are compared before names: small strings have theirs at hand.
package struct Object: Sendable {
  var pairs: [(String, Value)]

  /// The value of a name; nil where the object does not have it. Where a literal holds a name twice, the
  /// first value counts.
  package subscript(name: String) -> Value? {
    get { place(of: name).map { pairs[$0].1 } }
    set {
      switch (place(of: name), newValue) {
      case (let place?, let value?): pairs[place].1 = value
      case (let place?, nil): pairs.remove(at: place)
      case (nil, let value?): pairs.append((name, value))
      case (nil, nil): break
      }
    }
  }

  private func place(of name: String) -> Int? {
    let count = name.utf8.count
    for index in pairs.indices where pairs[index].0.utf8.count == count && pairs[index].0 == name {
      return index
    }
    return nil
  }

  /// Takes over all names of the other object, with the other's value for a name that both have.
  package mutating func merge(_ other: Object) {
    for (name, value) in other.pairs { self[name] = value }
  }

  /// The object with other texts in place of its own, also of those within its objects and lists.
  ///
  /// - Parameter body: gets the name of each text, that of the list for a list's, and the text.
  package func mapTexts(_ body: (_ name: String, _ text: String) -> String) -> Object {
    func map(_ value: Value, _ name: String) -> Value {
      switch value {
      case .text(let text): .text(body(name, text))
      case .list(let items): .list(items.map { map($0, name) })
      case .object(let object): .object(object.mapTexts(body))
      case .null, .bool, .integer, .filter: value
      }
    }
    return Object(pairs: pairs.map { ($0.0, map($0.1, $0.0)) })
  }
}

extension Object: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral pairs: (String, Value)...) {
    self.init(pairs: pairs)
  }
}
