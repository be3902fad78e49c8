/// A set of templates by name (`pages/export`, `partials/icon`), parsed once, that may include each other.
package struct Templates: Sendable {
  private var templates: [Template] = []
  private var indexes: [String: Int] = [:]

  /// - Parameter sources: the text of each template by its name.
  /// - Throws: a `TemplateError` with the first problem of every template that can't be parsed, and every
  ///   partial or parent that does not exist.
  package init(_ sources: [String: [UInt8]]) throws(TemplateError) {
    var problems: [TemplateError.Problem] = []
    for (name, source) in sources.sorted(by: { $0.key < $1.key }) {
      do throws(TemplateError) {
        templates.append(try Template(name: name, source: source))
        indexes[name] = templates.count - 1
      } catch {
        problems += error.problems
      }
    }
    for index in templates.indices {
      problems += tie(index, known: sources.keys)
    }
    if !problems.isEmpty { throw TemplateError(problems: problems) }
  }

  /// The template of that name, rendered with a value.
  /// - Throws: `unknownTemplate`, or `recursion` where templates include each other without an end.
  package func render(_ name: String, _ value: Value) throws(TemplateError) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(64 * 1024)
    try render(name, value, into: &output)
    return output
  }

  /// The same, appended to `output`. After an error `output` holds part of the page.
  /// - Throws: `unknownTemplate` or `recursion`.
  package func render(_ name: String, _ value: Value, into output: inout [UInt8]) throws(TemplateError) {
    let template = try template(name)
    var renderer = Renderer(templates: templates, output: output, value: value, template: template)
    output = []
    defer { output = renderer.output }
    try renderer.render(template)
  }

  /// For tests, what a page handler forgot: every name that this template or one it includes asks for and
  /// `value` does not have, as `partials/icon: label`. A name whose value is `null` was not forgotten.
  /// - Throws: `unknownTemplate` or `recursion`.
  package func missing(in name: String, for value: Value) throws(TemplateError) -> [String] {
    let template = try template(name)
    var renderer = Renderer(templates: templates, value: value, template: template, collectsMissing: true)
    try renderer.render(template)
    return renderer.missing?.sorted() ?? []
  }
}

extension Templates {
  /// Ties a template's references to the templates they name.
  /// - Returns: a problem for each that names none.
  private mutating func tie(_ index: Int, known: Dictionary<String, [UInt8]>.Keys) -> [TemplateError.Problem]
  {
    var problems: [TemplateError.Problem] = []
    for (number, reference) in templates[index].references.enumerated() {
      if let target = indexes[reference.name] {
        templates[index].references[number].target = target
      } else if !known.contains(reference.name) {
        problems.append(
          .init(
            code: .unknownTemplate, template: templates[index].name, line: reference.place.line,
            column: reference.place.column,
            message: "There is no template '\(reference.name)'; correct the name or add the template."))
      }
    }
    return problems
  }

  private func template(_ name: String) throws(TemplateError) -> Template {
    guard let index = indexes[name] else {
      throw TemplateError(problems: [
        .init(
          code: .unknownTemplate, template: name, line: 1, column: 1,
          message: "There is no such template; correct the name or add the template.")
      ])
    }
    return templates[index]
  }
}
