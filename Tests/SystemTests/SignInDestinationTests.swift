import Testing

extension SystemTests {
  /// Where a sign-in leads.
  @Suite struct SignInDestinationTests {
    let site: Site
    let demo: Demo

    init() throws {
      site = try Site()
      demo = try site.startWithDemo()
    }

    @Test("A mail's link leads through the sign-in to the page that starts the file")
    func link() throws {
      let link = try site.completedExport(by: site.client(of: demo.owner))
      let id = try #require(link.split(separator: "/").dropFirst().first)
      let client = site.client()
      let away = try client.get(link)
      #expect(away.status == 303)
      let address = try #require(away.location)
      #expect(address.hasPrefix("/login?next=%2Fexports%2F\(id)%2Fdownload"))
      let next = try #require(try client.get(address).value(ofField: "next"))
      let signedIn = try signIn(client, next: next.replacing("&amp;", with: "&"))
      #expect(signedIn.status == 303)
      #expect(signedIn.location == "/settings/export?download=\(id)")
      let page = try client.get("/settings/export?download=\(id)")
      #expect(page.text.contains("data-download-now"))
      #expect(page.downloadLinks == [link])
      #expect(try client.get(link).status == 200)
    }

    @Test("A sign-in leads to an address of this site, and to no other")
    func elsewhere() throws {
      #expect(
        try signIn(site.client(), next: "/settings/export/new?scope=user").location
          == "/settings/export/new?scope=user")
      let foreign = [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "evil.example",
        "///evil.example", "\\\\evil.example", " //evil.example", "/\u{9}/evil.example", "/a\r\nX: y", "",
      ]
      for next in foreign {
        let answer = try signIn(site.client(), next: next)
        #expect(answer.status == 303, "\(next)")
        #expect(answer.location == "/settings/export", "\(next)")
        #expect(answer["X"] == nil)
      }
    }

    private func signIn(_ client: Client, next: String) throws -> Answer {
      let fields = [("email", demo.owner.email), ("password", demo.owner.password), ("next", next)]
      return try client.submit(fields, to: "/login", from: "/login")
    }
  }
}
