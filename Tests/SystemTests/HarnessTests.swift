import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// The tests' own tools, on nginx alone.
  @Suite struct HarnessTests {
    @Test("nginx answers by itself with its own pages and headers while the responder is away")
    func nginxAlone() throws {
      let site = try Site()
      try site.startNginx()
      try eventually("nginx answers; \(site.logs)") { (try? site.client().get("/").status) == 502 }
      let client = site.client()
      let away = try client.get("/exports/x/download?expires=1&signature=secret")
      #expect(away.status == 502)
      #expect(away["Content-Security-Policy"]?.hasPrefix("default-src 'none';") == true)
      #expect(away["Server"] == "nginx")
      let foreign = try client.get("/", ["Host": "evil.example"])
      #expect(foreign.status == 421)
      #expect(foreign["X-Content-Type-Options"] == "nosniff")
      let traced = try client.send("TRACE", "/login")
      #expect(traced.status == 405)
      #expect(traced["Allow"] == "GET, HEAD, POST")
      #expect(try client.send("POST", "/login", body: Array(repeating: 0x61, count: 200_000)).status == 413)
      #expect(!site.logs.contains("secret"))
      #expect(try site.stop().nginx == 0)
    }

    @Test("The browser reads, types, presses keys and leaves pictures")
    func browser() throws {
      let folder = try TemporaryFolder()
      let page = """
        <!doctype html><html lang="en"><title>Here</title>
        <body style="background: canvas; color-scheme: light dark">
        <label for="a">Your name</label><input id="a"><button type="button" onclick="document.title = a.value">
        Change</button><a href="#there" aria-label="Leave">Go</a>
        """
      let file = folder.appending("page.html")
      try Data(page.utf8).write(to: file)
      let browser = try Browser(width: 390, height: 600, colourScheme: .dark)
      try browser.open(file.absoluteString)
      #expect(try browser.title == "Here")
      try browser.field("Your name").type("Zoë")
      try browser.press(Key.tab)
      #expect(try browser.activeElement.text == "Change")
      try browser.button("Change").click()
      try eventually("the title changes") { try browser.title == "Zoë" }
      let link = try browser.link("Go")
      #expect(try link.name == "Leave")
      try browser.evaluate("document.querySelector('a').outerHTML += ''")
      #expect(try link.name == "Leave", "what the page replaced is found again")
      #expect(try browser.evaluate("return innerWidth") as? Int == 390)
      #expect(
        try browser.evaluate("return matchMedia('(prefers-color-scheme: dark)').matches") as? Bool == true)
      let picture = try browser.screenshot("harness")
      #expect(try Data(contentsOf: picture).count > 1_000)
    }

    @Test("With scripts off a page still can be read and clicked")
    func browserWithoutScripts() throws {
      let folder = try TemporaryFolder()
      let file = folder.appending("page.html")
      try Data("<!doctype html><title>Off</title><p>Plain</p><script>document.title = 'On'</script>".utf8)
        .write(to: file)
      let browser = try Browser(runsScripts: false)
      try browser.open(file.absoluteString)
      #expect(try browser.title == "Off")
      #expect(try browser.find("p").text == "Plain")
    }

    @Test("A tool's exit code and both streams come back")
    func tool() throws {
      let result = try Tool.run("sh", ["-c", "cat; echo problem >&2; exit 3"], input: "line")
      #expect(result.status == 3)
      #expect(result.output == "line")
      #expect(result.error == "problem\n")
      #expect(throws: HarnessError.self) { try Tool.run("sleep", ["60"], timeout: .milliseconds(100)) }
      #expect(try Tool.run("sh", ["-c", "kill -KILL $$"]).status == 128 + SIGKILL)
      #expect(try Tool.run("there-is-no-such-program").status == 127)
    }

    @Test("A program gets its three streams and no more, and leaves nothing open here")
    func descriptors() throws {
      let count = { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
      let before = try count()
      for _ in 0..<20 { #expect(try Tool.run("ls", ["/proc/self/fd"]).output == "0\n1\n2\n3\n") }
      #expect(try count() <= before + 1)
    }
  }
}
