import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// The site as one file among others of Debian's nginx: `Scripts/site --debian`.
  @Suite struct DebianSiteTests {
    @Test("Debian's nginx takes it beside the sites that are there, and it touches none of those")
    func accepted() throws {
      let folder = try TemporaryFolder()
      let made = try Tool.run(
        "openssl",
        [
          "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
          "-subj", "/CN=export.example.com", "-keyout", folder.file("key.pem"), "-out",
          folder.file("cert.pem"),
        ])
      #expect(made.succeeded, "\(made.error)")
      let site = try print([folder.file("cert.pem"), folder.file("key.pem")], proxies: "10.0.0.0/8")
      // As /etc/nginx/nginx.conf includes it, with folders of our own.
      let logs = folder.path + "/"
      let whole = """
        pid \(folder.file("pid"));
        events {}
        http {
          sendfile on;
          tcp_nopush on;
          default_type application/octet-stream;
          access_log off;
          gzip on;
          \(["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(folder.file($0));" }.joined())
          include \(folder.file("site"));
          server { listen 80 default_server; server_name other.example.com; }
        }
        """
      try site.replacing("/var/log/nginx/", with: logs)
        .write(to: folder.appending("site"), atomically: true, encoding: .utf8)
      try whole.write(to: folder.appending("nginx.conf"), atomically: true, encoding: .utf8)
      let test = try Tool.run("nginx", ["-t", "-e", "stderr", "-c", folder.file("nginx.conf")])
      #expect(test.succeeded && !test.error.contains("warn"), "\(test.error)")
      // What stands outside servers is for all sites.
      let shared = Set(
        site.split(separator: "\n").filter { $0.first?.isLowercase == true }
          .map { String($0.prefix { $0 != " " }) })
      #expect(
        shared == ["map", "log_format", "limit_conn_zone", "limit_req_zone", "upstream", "server"])
    }

    @Test("It takes TLS 1.2 and 1.3, refuses other names, and port 80 has ACME and sends people on")
    func tells() throws {
      let site = try print(["/etc/cert.pem", "/etc/key.pem"])
      let servers = site.components(separatedBy: "\nserver {\n").dropFirst()
      #expect(servers.count == 3)
      for server in servers.prefix(2) {
        #expect(server.contains("  ssl_protocols TLSv1.2 TLSv1.3;\n"))
        #expect(server.contains("  ssl_session_tickets off;\n"))
        #expect(server.contains("  add_header X-Content-Type-Options nosniff always;\n"))
      }
      let (others, ours, plain) = try (
        #require(servers.first), #require(servers.dropFirst().first), #require(servers.last)
      )
      #expect(others.contains("default_server;") && others.contains("  ssl_reject_handshake on;\n"))
      #expect(!others.contains("ssl_certificate") && !ours.contains("default_server"))
      #expect(ours.contains("  ssl_certificate \"/etc/cert.pem\";\n"))
      #expect(ours.contains("  ssl_certificate_key \"/etc/key.pem\";\n"))
      #expect(ours.contains("  server_name export.example.com localhost 127.0.0.1;\n"))
      #expect(plain.contains("  listen 80;") && plain.contains("location /.well-known/acme-challenge/"))
      #expect(plain.contains("    return 301 https://export.example.com$request_uri;\n"))
      #expect(site.contains("\"unix:/run/handover/handover.sock\"") && site.matches(of: /@[a-z_]+@/).isEmpty)
    }

    @Test("Without https, or with words too many, it says what is wrong")
    func wrong() throws {
      let plain = try Tool.run(
        Checkout.site, ["--debian", "/c", "/k"], environment: ["HANDOVER_URL": "http://export.example.com"])
      #expect(plain.status == 1 && plain.error.contains("must begin with https://"))
      #expect(try Tool.run(Checkout.site, ["--debian", "/c"]).status == 64)
    }

    private func print(_ files: [String], proxies: String = "") throws -> String {
      let site = try Tool.run(
        Checkout.site, ["--debian"] + files,
        environment: [
          "HANDOVER_URL": "https://export.example.com", "HANDOVER_DATA": "/var/lib/handover",
          "HANDOVER_PROXIES": proxies,
        ])
      #expect(site.succeeded, "\(site.error)")
      return site.output
    }
  }
}
