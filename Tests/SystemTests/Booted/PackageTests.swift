import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// The Debian package, in a machine whose systemd runs, from nothing to nothing.
  @Suite(.enabled(if: BootedMachine.isPossible && Checkout.isRelease, "only root can boot a machine"))
  struct PackageTests {
    static let folder = Repository.appending(".build/package-tests").path
    /// The file's name, of the package that all tests look at.
    static let package = Result {
      let program = ["HANDOVER_PACKAGE_PROGRAM": Checkout.handover]
      let script = Repository.appending("Scripts/package").path
      let made = try Tool.run(
        script, ["--quick", "--folder", folder], environment: program, timeout: .seconds(300))
      guard made.succeeded, let path = made.output.split(separator: "\n").last else {
        throw HarnessError("no package: \(made.error)")
      }
      return URL(filePath: String(path)).lastPathComponent
    }

    @Test("lintian has nothing to say against the package")
    func lint() throws {
      let package = try Self.package.get()
      let result = try Tool.run(
        "lintian", ["--fail-on", "error,warning", "\(Self.folder)/\(package)"], timeout: .seconds(300))
      #expect(result.succeeded, "\(result.output)\(result.error)")
    }

    @Test(
      "The same program makes the same package, and apt takes a signed folder", .enabled(if: Checkout.isLong))
    func signed() throws {
      let folder = try TemporaryFolder()
      let package = try Self.package.get()
      let environment = ["HANDOVER_PACKAGE_PROGRAM": Checkout.handover, "GNUPGHOME": folder.path]
      let key = "packages@handover.example"
      let made = try Tool.run(
        "gpg", ["--batch", "--passphrase", "", "--quick-generate-key", key, "ed25519", "sign", "never"],
        environment: environment)
      #expect(made.succeeded, "\(made.error)")
      let script = Repository.appending("Scripts/package").path
      let again = try Tool.run(
        script, ["--quick", "--folder", folder.file("out"), "--key", key], environment: environment,
        timeout: .seconds(300))
      #expect(again.succeeded, "\(again.error)")
      let same = try Tool.run("cmp", ["\(Self.folder)/\(package)", folder.file("out/\(package)")])
      #expect(same.succeeded, "\(same.output)")
      let unknown = try Tool.run(script, ["--key", "nobody"], environment: environment)
      #expect(unknown.status == 1 && unknown.error.contains("no secret key 'nobody'"))
      // What runs for gpg in the background.
      _ = try Tool.run("gpgconf", ["--kill", "gpg-agent"], environment: environment)
      let machine = try BootedMachine(showing: ["\(folder.file("out/apt")):/srv/apt"])
      try machine.must(
        """
        rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
        echo 'deb [signed-by=/srv/apt/handover.asc] file:/srv/apt ./' >/etc/apt/sources.list
        apt-get update && apt-get install --yes --no-install-recommends handover && handover --version
        """)
    }

    @Test("Two commands lead to a signed-in owner; the package goes as far as it is told, and comes back")
    func wholeLife() throws {
      let package = try Self.package.get()
      let machine = try BootedMachine(showing: ["\(Self.folder):/srv/package"])
      let begun = ContinuousClock.now
      // The first command.
      try machine.must(
        "dpkg --install /srv/package/\(package) && useradd --create-home maria")
      try machine.must("systemctl start postfix nginx")
      // The second one.
      try machine.must(
        """
        handover setup --host export.example.com --self-signed --organisation 'Acme Brokers' \
          --owner 'Maria Rossi' --email maria@localhost </dev/null
        """)
      try signIn(with: link(on: machine), on: machine)
      print("from nothing to a signed-in owner: \(ContinuousClock.now - begun)")
      try look(at: machine)
      try setUpAgain(on: machine)
      try upgrade(on: machine, from: package)
      try leave(machine)
    }

    /// The link of the invitation, which went through the spool and the mail server.
    private func link(on machine: BootedMachine) throws -> String {
      let mail = try eventual("the invitation arrives; \(try machine.journal(of: "handover-mail.service"))") {
        let mail = try machine.run("cat /var/mail/maria")
        return mail.succeeded && !mail.output.isEmpty ? mail.output : nil
      }
      #expect(try machine.must("find /var/spool/handover -type f") == "")
      #expect(mail.contains("From: Handover <handover@export.example.com>"))
      let text = mail.replacing("=\n", with: "").replacing("=3D", with: "=")
      let link = text.firstMatch(of: /https:\/\/export\.example\.com\/password\/reset\?token=[A-Za-z0-9_-]+/)
      return try String(#require(link).output)
    }

    private func signIn(with link: String, on machine: BootedMachine) throws {
      try machine.write(
        #"""
        set -eu
        ask() { curl -sS -f -k -c /srv/jar -b /srv/jar --resolve export.example.com:443:127.0.0.1 "$@"; }
        field() { grep -o "name=\"$1\" value=\"[^\"]*\"" /srv/page | head -1 | cut -d '"' -f 4; }
        ask -o /srv/page "$1"
        ask -o /dev/null --data-urlencode "csrf_token=$(field csrf_token)" --data-urlencode "token=$(field token)" \
          --data-urlencode "password=correct horse battery staple" https://export.example.com/password/reset
        ask https://export.example.com/settings/export
        """#, to: "/srv/sign-in")
      let page = try machine.must("sh /srv/sign-in '\(link)'")
      #expect(page.contains("Maria Rossi") && page.contains("NEW DATA EXPORT"))
    }

    /// What nginx and the folders are after the setup.
    private func look(at machine: BootedMachine) throws {
      func ask(_ arguments: String) throws -> Tool.Result {
        try machine.run("curl -sS -k -o /dev/null -w '%{http_code} %{redirect_url}' \(arguments)")
      }
      let here = "--resolve export.example.com:443:127.0.0.1 --resolve export.example.com:80:127.0.0.1"
      let other = "--resolve other.example.com:443:127.0.0.1"
      #expect(try ask("\(here) --tls-max 1.2 https://export.example.com/login").output == "200 ")
      #expect(try !ask("\(here) --tls-max 1.1 https://export.example.com/login").succeeded)
      #expect(try !ask("\(other) https://other.example.com/").succeeded)
      #expect(try ask("\(here) -H 'Host: other.example.com' https://export.example.com/").output == "421 ")
      #expect(
        try ask("\(here) http://export.example.com/login?x=1").output
          == "301 https://export.example.com/login?x=1")
      // Another site of the machine is as it was.
      #expect(try ask("http://localhost/").output == "200 ")
      // Nobody but the server reads the records, not even what sends its e-mail.
      for user in ["handover-mail", "www-data", "nobody"] {
        #expect(try !machine.run("runuser -u \(user) -- cat /var/lib/handover/handover.sqlite").succeeded)
      }
      #expect(try machine.must("systemctl --failed --no-legend") == "")
    }

    private func setUpAgain(on machine: BootedMachine) throws {
      let settings = try machine.must("cat /etc/handover/handover.conf")
      let again = try machine.must("handover setup </dev/null")
      #expect(again.contains("https://export.example.com") && again.contains("its owner: Maria Rossi"))
      #expect(try machine.must("cat /etc/handover/handover.conf") == settings)
      try machine.must(
        """
        cd /root; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
          -subj /CN=else.example -keyout key.pem -out certificate.pem
        """)
      let own = "/etc/handover/export.example.com.certificate.pem"
      for (options, problem) in [
        ("--host 'no name'", "no name of a host"),
        ("--certificate /nowhere --key /root/key.pem", "no file /nowhere"),
        ("--certificate /root/certificate.pem --key /root/key.pem", "is not for export.example.com"),
        ("--certificate \(own) --key /root/key.pem", "is not the key of \(own)"),
        ("--certificate /etc/hostname --key /root/key.pem", "is no certificate"),
        ("--certificate \(own) --key /etc/hostname", "is no key"),
      ] {
        let wrong = try machine.run("handover setup \(options) </dev/null")
        #expect(wrong.status == 1 && wrong.error.contains(problem), "\(options): \(wrong.error)")
      }
      // What was wrong with the one that it has is said, also where nobody can be asked.
      let replaced = try machine.run(
        """
        cp \(own) /root/own.pem; cp /root/certificate.pem \(own); handover setup </dev/null; ended=$?
        cp /root/own.pem \(own); exit $ended
        """)
      let isNamed = replaced.error.contains("is not the key of \(own); renew it")
      #expect(replaced.status == 1 && isNamed, "\(replaced)")
      // What nginx refuses is taken back.
      let site = "/etc/nginx/sites-available/handover"
      let before = try machine.must("cat \(site)")
      try machine.write(
        "server { listen 443 ssl default_server; ssl_reject_handshake on; }\n",
        to: "/etc/nginx/sites-enabled/other")
      let refused = try machine.run("handover setup --host else.example --self-signed </dev/null")
      #expect(refused.status == 1 && refused.error.contains("is the default of that port already"))
      #expect(try machine.must("cat \(site)") == before)
      #expect(
        try machine.must("rm /etc/nginx/sites-enabled/other; nginx -t -q; cat /etc/handover/handover.conf")
          == settings)
    }

    /// To a package with other settings and another version; in the long run twenty times.
    private func upgrade(on machine: BootedMachine, from package: String) throws {
      let process = try machine.property("MainPID", of: "handover.service")
      let socket = try machine.property("InvocationID", of: "handover.socket")
      try machine.must(
        """
        echo '# Mine.' >>/etc/handover/handover.conf; echo '127.0.0.1 export.example.com' >>/etc/hosts
        systemd-run --quiet --unit=load wrk -t 1 -c 8 -d 600s --timeout 60s https://export.example.com/login
        """)
      try machine.must(
        """
        cd /root; dpkg-deb --raw-extract /srv/package/\(package) new
        echo '# New.' >>new/etc/handover/handover.conf
        """)
      for version in 99..<(Checkout.isLong ? 119 : 100) {
        try machine.must(
          """
          cd /root; sed -i 's/^Version: .*/Version: \(version)/' new/DEBIAN/control
          dpkg-deb --root-owner-group -Znone --build new new.deb
          DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --install new.deb
          curl -s -k -o /dev/null https://export.example.com/login
          """)
      }
      try machine.must("systemctl kill --signal INT load; sleep 0.5")
      // Who asks meanwhile waits at the socket, which stays.
      #expect(try machine.property("InvocationID", of: "handover.socket") == socket)
      let load = try machine.journal(of: "load.service")
      print("upgrades: \(load.firstMatch(of: /\d+ requests in .*/)?.output ?? "")")
      #expect(
        load.contains("requests in") && !load.contains("Non-2xx") && !load.contains("Socket errors"),
        "\(load)")
      let settings = try machine.must("cat /etc/handover/handover.conf")
      #expect(settings.hasSuffix("# Mine.\n") && settings.contains("HANDOVER_URL=https://export.example.com"))
      #expect(try machine.property("MainPID", of: "handover.service") != process)
      #expect(try machine.property("ActiveState", of: "handover.service") == "active")
      // Before the first backup there is nothing to prove. What a unit fails with has the level of an error in the journal.
      let errors = "journalctl --sync; journalctl -p err -o cat --no-pager -u handover-drill"
      try machine.must("systemctl start handover-drill")
      #expect(try !machine.must(errors).contains("failed"))
      try machine.must("systemctl start handover-backup && rm -r /var/lib/handover-backups/*")
      #expect(try !machine.run("systemctl start handover-drill").succeeded)
      #expect(try machine.must(errors).contains("handover: the drill failed: the last backup, "))
    }

    private func leave(_ machine: BootedMachine) throws {
      let organisations = "handover organisation list"
      let before = try machine.must(organisations)
      try machine.must("dpkg --remove handover")
      #expect(try machine.must("pgrep -c -u handover || true") == "0\n")
      try machine.must("dpkg --install /root/new.deb")
      #expect(try machine.must(organisations) == before)
      // Nobody answers: the records stay.
      let kept = try machine.run("DEBIAN_FRONTEND=noninteractive dpkg --purge handover")
      #expect(kept.succeeded && kept.error.contains("the records in /var/lib/handover are kept"), "\(kept)")
      try machine.must(
        "nginx -t -q; test -e /var/lib/handover/handover.sqlite; test ! -e /etc/handover/handover.conf")
      try machine.must("dpkg --install /root/new.deb")
      #expect(try machine.must(organisations) == before)
      // Somebody does.
      try machine.must("DEBIAN_FRONTEND=teletype dpkg --purge handover", input: "yes\n")
      let left = try machine.must(
        "find / -xdev -name '*handover*' -not -path '/root/*' -not -path '/srv/*'"
      )
      #expect(left == "")
    }
  }
}
