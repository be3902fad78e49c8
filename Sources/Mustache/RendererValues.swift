/// Values: looked up and written.
extension Renderer {
  /// The innermost value that has a path's first name decides; where it lacks the rest, nothing is found.
  mutating func find(_ path: Path, of template: Template) -> Value? {
    if path.first.isEmpty { return context.last }
    let found = find(path)
    if found == nil, missing != nil { missing?.insert("\(template.name): \(path.description)") }
    return found
  }

  private func find(_ path: Path) -> Value? {
    var level = context.count
    while level > 0 {
      level -= 1
      guard case .object(let object) = context[level], var value = object[path.first] else { continue }
      for name in path.rest {
        guard case .object(let inner) = value, let next = inner[name] else { return nil }
        value = next
      }
      return value
    }
    return nil
  }

  mutating func write(_ value: Value?, escaped: Bool) {
    switch value {
    case .text(let text):
      if escaped { output.append(escaped: text.utf8.span) } else { output.append(text.utf8.span) }
    case .integer(let integer): output += String(integer).utf8
    case .bool(let bool): output += (bool ? "true" : "false").utf8
    case nil, .null, .list, .object: break
    }
  }
}
