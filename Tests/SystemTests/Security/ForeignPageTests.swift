import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Pages of other origins, open in the browser of an owner who is signed in: on the same host at another port, which
  /// shares the cookies, and on a host that is another one for the browser.
  @Suite struct ForeignPageTests {
    let site: Site
    let browser: Browser
    let foreign: ForeignSite
    let link: String

    init() throws {
      site = try Site()
      let demo = try site.startWithDemo()
      link = try site.completedExport(by: site.client(of: demo.owner))
      browser = try Browser()
      foreign = try ForeignSite()
      try browser.open(site.url + Site.exportPage, as: demo.owner)
    }

    @Test("A form that posts itself does nothing, not even with a token that it should not know")
    func forms() throws {
      let token = try #require(
        try browser.evaluate("return document.querySelector('[name=csrf_token]').value") as? String)
      let id = try site.rows("SELECT id FROM export")[0]
      let before = try site.state()
      for origin in foreign.origins {
        for (path, fields) in [
          (Site.exportPage, "scope=organisation"), ("\(Site.exportPage)/\(id)/revoke", ""),
          ("/settings", "name=Foreign"), ("/settings/organisation", "name=Foreign&zone=UTC"), ("/logout", ""),
          ("/settings/sessions/end", ""),
        ] {
          for known in ["", "&csrf_token=\(token)"] {
            try browser.open("\(origin)/post.html#\(site.url)\(path)?\(fields)\(known)")
            try browser.waitForURL("of the site") { $0.hasPrefix(site.url) }
            // Without cookies it leads to the sign-in, and from there, with them, to the exports.
            let pages = ["Sign in", "came from another site", "NEW DATA EXPORT"]
            let text = try browser.text
            #expect(pages.contains { text.contains($0) }, "\(origin) \(path): \(text.prefix(200))")
          }
        }
      }
      #expect(try site.state() == before)
      try browser.open(site.url + Site.exportPage)
      try browser.waitForText("NEW DATA EXPORT")
    }

    @Test("A sandboxed frame, whose origin is null, posts in vain as well")
    func sandbox() throws {
      let token = try #require(
        try browser.evaluate("return document.querySelector('[name=csrf_token]').value") as? String)
      let before = try site.state()
      for origin in foreign.origins {
        let target = "\(site.url)/settings?name=Foreign&csrf_token=\(token)"
        let posts = answeredPosts
        try browser.open("\(origin)/sandbox.html#\(target)")
        try eventually("the post has been answered; \(site.logs)") { answeredPosts > posts }
      }
      #expect(try site.state() == before)
    }

    private var answeredPosts: Int { site.logs.matches(of: /"POST \/settings" (303|403)/).count }

    @Test("It can read nothing, embed nothing and frame nothing")
    func reading() throws {
      for origin in foreign.origins {
        try browser.open("\(origin)/post.html")
        for path in [Site.exportPage, link, "/settings/activity.csv", "/login", "/health"] {
          let read = """
            return fetch(arguments[0], {credentials: 'include'}).then(answer => answer.text(), () => 'refused')
            """
          #expect(try browser.evaluate(read, [site.url + path]) as? String == "refused", "\(origin) \(path)")
        }
        let embed = """
          return new Promise(end => {
            const element = document.createElement(arguments[0])
            element.onload = () => end('loaded'); element.onerror = () => end('refused')
            element.src = arguments[1]; document.body.append(element)
          })
          """
        for (tag, path) in [
          ("img", "/icons/favicon.svg"), ("img", "/favicon.ico"), ("script", link),
          ("script", Site.exportPage),
        ] {
          #expect(
            try browser.evaluate(embed, [tag, site.url + path]) as? String == "refused", "\(origin) \(path)")
        }
        let frame = """
          return new Promise(end => {
            const frame = document.createElement('iframe')
            addEventListener('message', () => end('answered'))
            frame.onload = () => { try { end(frame.contentDocument ? 'read' : 'closed') } catch { end('closed') } }
            frame.src = arguments[0]; document.body.append(frame)
          })
          """
        #expect(try browser.evaluate(frame, [site.url + Site.exportPage]) as? String == "closed")
      }
    }
  }
}

/// A web server of somebody else, on the same machine.
final class ForeignSite {
  /// The same host at another port, and what is another host for a browser.
  let origins: [String]
  private let folder: TemporaryFolder
  private let process: ChildProcess

  init() throws {
    folder = try TemporaryFolder()
    for (name, page) in Self.pages { try Data(page.utf8).write(to: folder.appending(name)) }
    let port = try Port.free()
    process = try ChildProcess(
      "python3", ["-m", "http.server", String(port), "--bind", "127.0.0.1", "--directory", folder.path],
      output: folder.appending("log"), error: folder.appending("log"))
    origins = ["http://localhost:\(port)", "http://127.0.0.1:\(port)"]
    let client = Client(port: port)
    try eventually("the foreign site answers") { (try? client.get("/post.html").status) == 200 }
  }

  deinit { process.kill() }

  private static let pages = [
    // Posts what stands behind # as soon as it is open.
    "post.html": """
    <!DOCTYPE html><title>Foreign</title><body><script>
    const [action, query] = location.hash.slice(1).split('?')
    if (action) {
      const form = document.createElement('form')
      form.method = 'post'; form.action = action
      for (const [name, value] of new URLSearchParams(query)) {
        const input = document.createElement('input')
        input.name = name; input.value = value; form.append(input)
      }
      document.body.append(form); form.submit()
    }
    </script>
    """,
    // The same in a frame without an origin.
    "sandbox.html": """
    <!DOCTYPE html><title>Foreign</title><body><script>
    const frame = document.createElement('iframe')
    frame.sandbox = 'allow-scripts allow-forms'
    frame.src = 'post.html' + location.hash
    document.body.append(frame)
    </script>
    """,
  ]
}
