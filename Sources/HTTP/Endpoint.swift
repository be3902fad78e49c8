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

  /// The path of a declaration (or a template) with values in the place of its variables, in their order:
  /// `/settings/users/U-3`.
  ///
  /// Reads the text itself, since a page prints dozens of links. One value a variable; anything else is a
  /// slip of the author and stops the program.
  package static func path(_ declaration: String, _ arguments: [String] = []) -> String {
    var rest = declaration[(declaration.utf8.firstIndex(of: UInt8(ascii: "/")) ?? declaration.startIndex)...]
    var path = ""
    for argument in arguments {
      guard let opening = rest.utf8.firstIndex(of: UInt8(ascii: "{")),
        let closing = rest.utf8[opening...].firstIndex(of: UInt8(ascii: "}"))
      else { preconditionFailure("a value too many for \(declaration)") }
      path += rest[..<opening]
      path += PercentEncoding.encode(argument)
      rest = rest[closing...].dropFirst()
    }
    precondition(!rest.utf8.contains(UInt8(ascii: "{")), "a value is missing for \(declaration)")
    return path + rest
  }
}
