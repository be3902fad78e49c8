import HTTP
import Mustache

/// The part of a long list that a page shows, and the links to the others.
struct Paging {
  /// From 1.
  let page: Int
  let size: Int
  /// Entries of the whole list; 0 where they are not counted.
  var count = 0

  /// The place of the page's first entry in the list, from 0.
  var offset: Int { (page - 1) * size }

  /// `12 users`, `51 to 100 of 128 users`.
  func range(_ noun: String, _ nouns: String) -> String {
    let all = "\(Wording.grouped(count)) \(count == 1 ? noun : nouns)"
    if count <= size { return all }
    return
      "\(Wording.grouped(min(count, offset + 1))) to \(Wording.grouped(min(count, offset + size))) of \(all)"
  }

  /// The addresses of the pages before and after.
  ///
  /// - Parameters:
  ///   - form: the other fields of the address's query.
  ///   - goesOn: whether there are entries after this page.
  func view(_ route: Route, _ form: Form = Form(), goesOn: Bool) -> Value {
    func address(_ page: Int) -> Value {
      .text(route.path() + "?" + form.adding("page", String(page)).encoded)
    }
    if page == 1 && !goesOn { return .null }
    return [
      "newer": page > 1 ? address(page - 1) : .null,
      "older": goesOn ? address(page + 1) : .null,
    ]
  }
}

extension Paging {
  /// The same, where the list's count tells whether it goes on.
  func view(_ route: Route, _ form: Form = Form()) -> Value {
    view(route, form, goesOn: page * size < count)
  }
}
