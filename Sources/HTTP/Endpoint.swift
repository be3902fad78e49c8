/// Methods and path of a route, declared as `GET,POST /settings/users/{id}`.
package struct Endpoint: Sendable {
  package let methods: [Method]
  package let template: PathTemplate

  /// - Throws: `invalidRoute`.
  package init(_ declaration: String) throws(HTTPError) {
    let parts = declaration.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw HTTPError(.invalidRoute, "not methods, a blank and a path: \(declaration)")
    }
    methods = parts[0].split(separator: ",").map { Method(String($0)) }
    template = try PathTemplate(String(parts[1]))
  }

  /// The path of a declaration (or a template) with values in the place of its variables, in their order: `/settings/users/U-3`.
  ///
  /// Reads the text itself, since a page prints dozens of links. One value a variable; anything else is a slip of the
  /// author and stops the program.
  package static func path(_ declaration: String, _ arguments: [String] = []) -> String {
    var path: [UInt8] = []
    path.reserveCapacity(64)
    var used = 0
    var isName = false
    for byte in declaration.utf8.drop(while: { $0 != UInt8(ascii: "/") }) {
      switch byte {
      case UInt8(ascii: "{"):
        isName = true
        precondition(used < arguments.count, "a value is missing for \(declaration)")
        PercentEncoding.append(arguments[used].utf8, keeping: .unreserved, to: &path)
        used += 1
      case UInt8(ascii: "}"):
        isName = false
      default:
        if !isName { path.append(byte) }
      }
    }
    precondition(used == arguments.count, "a value too many for \(declaration)")
    return String(decoding: path, as: UTF8.self)
  }
}
