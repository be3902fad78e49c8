import HTTP
import Mustache

/// Which part of a long list a page shows, and the way to the others.
struct Paging {
  /// From 1.
  let page: Int
  let size: Int
  /// Of the whole list, where somebody counted it.
  var count = 0

  /// Where a page's first entry is in the list.
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
  ///   - form: what the address holds besides.
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
  /// The same by the list's count.
  func view(_ route: Route, _ form: Form = Form()) -> Value {
    view(route, form, goesOn: page * size < count)
  }
}
