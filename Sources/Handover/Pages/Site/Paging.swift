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

  /// The last page; the first where there is nothing.
  var last: Int { max(1, (count + size - 1) / size) }

  /// Whether so many entries of this page are the whole list.
  func isWhole(_ entries: Int) -> Bool { page == 1 && entries < size }

  /// The page's part of a list.
  func part<Entry>(of list: [Entry]) -> [Entry] { Array(list.dropFirst(offset).prefix(size)) }

  /// `12 users`, `51 to 100 of 128 users`.
  func range(_ noun: String, _ nouns: String) -> String {
    let all = "\(Wording.grouped(count)) \(count == 1 ? noun : nouns)"
    if count <= size || page > last { return all }
    return "\(Wording.grouped(offset + 1)) to \(Wording.grouped(min(count, offset + size))) of \(all)"
  }

  /// The addresses of the pages before and after.
  ///
  /// - Parameters:
  ///   - form: the other fields of the address's query.
  ///   - goesOn: whether there are entries after this page.
  func view(_ route: Route, _ form: Form = Form(), goesOn: Bool) -> Value {
    if page == 1 && !goesOn { return .null }
    return [
      "newer": page > 1 ? address(of: page - 1, route, form) : .null,
      "older": goesOn ? address(of: page + 1, route, form) : .null,
    ]
  }

  /// The values of `partials/past_end`, where the page comes after the last one; else null.
  ///
  /// - Parameter last: of a page that shows several lists.
  func past(_ route: Route, _ form: Form = Form(), last: Int? = nil) -> Value {
    let last = last ?? self.last
    if page <= last { return .null }
    return ["page": .text(Wording.grouped(page)), "last": address(of: last, route, form)]
  }

  private func address(of page: Int, _ route: Route, _ form: Form) -> Value {
    .text(route.path(asking: form.adding("page", String(page))))
  }
}

extension Paging {
  /// The same, where the list's count tells whether it goes on. After its last page `past` leads back.
  func view(_ route: Route, _ form: Form = Form()) -> Value {
    page > last ? .null : view(route, form, goesOn: page * size < count)
  }
}
