import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// What other users of the machine reach of the data folder, when nothing above it keeps them out.
  @Suite(.enabled(if: geteuid() == 0, "only root can become somebody else")) struct OtherUsersTests {
    @Test("Nobody else reaches the socket or reads a byte of the data")
    func nobody() throws {
      let site = try Site()
      let demo = try site.startWithDemo()
      _ = try site.completedExport(by: site.client(of: demo.owner))
      try open(site)
      #expect(try reached(in: site, by: "nobody") == [])
      #expect(try reached(in: site, by: "www-data") == [])
    }

    @Test("nginx's group reaches the socket and the archives, and nothing else; others nothing")
    func group() throws {
      let site = try Site(["HANDOVER_GROUP": "www-data"])
      let demo = try site.startWithDemo()
      _ = try site.completedExport(by: site.client(of: demo.owner))
      try open(site)
      #expect(try reached(in: site, by: "nobody") == [])
      let archive = try #require(try site.exportFiles().first)
      let reached = try reached(in: site, by: "www-data").filter { !$0.hasPrefix("assets/") }
      #expect(Set(reached) == ["exports/\(archive)", "handover.sock"])
    }

    /// Takes away what protects it by accident: the test's own folder.
    private func open(_ site: Site) throws {
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: site.folder.path)
    }

    /// Which of all the files the user can read, write or connect to, knowing every name.
    private func reached(in site: Site, by user: String) throws -> [String] {
      let names = try FileManager.default.subpathsOfDirectory(atPath: site.data.path).sorted()
      #expect(names.contains("keys") && names.contains("handover.sqlite") && names.contains("handover.sock"))
      let script = """
        import os, socket, stat, sys
        for name in sys.argv[2:]:
          path = os.path.join(sys.argv[1], name)
          try:
            if name.endswith(".sock"):
              socket.socket(socket.AF_UNIX).connect(path)
            elif os.path.isdir(path):
              continue
            else:
              open(path, "rb").read(1)
            print(name)
          except OSError:
            try: open(path, "ab"); print(name)
            except OSError: pass
        """
      let result = try Tool.run(
        "setpriv",
        [
          "--reuid=\(user)", "--regid=\(user == "nobody" ? "nogroup" : user)", "--clear-groups",
          "/usr/bin/python3", "-c", script, site.data.path,
        ] + names)
      #expect(result.succeeded, "\(result.error)")
      return result.output.split(separator: "\n").map(String.init)
    }
  }
}
