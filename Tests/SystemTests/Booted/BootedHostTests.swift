import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Three hosts with the package, set up by nothing but the commands of Documentation/Scale.md.
  @Suite(.enabled(if: BootedMachine.isPossible && Checkout.isRelease, "only root can boot a machine"))
  struct BootedHostTests {
    @Test(
      "Scale's commands make three hosts one site; without one of them the others go on, and one takes its cell"
    )
    func threeHosts() throws {
      let package = try PackageTests.package.get()
      let hosts = try BootedHosts(
        showing: ["\(PackageTests.folder):/srv/package", "\(Litestream.program):/usr/bin/litestream"])
      for machine in hosts.machines {
        try machine.must(
          """
          dpkg --install /srv/package/\(package) && systemctl enable --quiet --now nginx postfix
          echo '127.0.0.1 export.example.com' >>/etc/hosts
          """)
      }
      try certificates(hosts)
      for host in 1...3 {
        try Scale.follow("etcd", on: hosts[host]) { own($0, host) }
      }
      try eventually("etcd has its members") {
        try hosts[1].run("\(etcdctl) endpoint health").succeeded
      }
      try cells(hosts)
      try work(hosts)
      try upgrade(hosts, from: package)
      try without(hosts)
      try takeOver(hosts)
      try standBy(hosts)
    }

    /// The others' name and address, but where all three stand.
    private func own(_ commands: String, _ host: Int) -> String {
      commands.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        line.contains("10.0.0.2")
          ? line
          : line.replacing("10.0.0.1", with: "10.0.0.\(host)").replacing("=host1", with: "=host\(host)")[...]
      }.joined(separator: "\n")
    }

    private let etcdctl =
      "ETCDCTL_API=3 etcdctl --endpoints=https://10.0.0.1:2379 --cacert=/etc/handover/hosts/ca.crt "
      + "--cert=/etc/handover/hosts/host.crt --key=/etc/handover/hosts/host.key"

    private func certificates(_ hosts: BootedHosts) throws {
      try Scale.follow("Certificates", on: hosts[1]) { "cd /root\n" + $0 }
      for host in 1...3 {
        let folder = hosts[1].root + "/root/hosts/10.0.0.\(host)"
        let copied = try Tool.run("cp", ["-r", folder, hosts[host].root + "/etc/handover/hosts"])
        guard copied.succeeded else { throw HarnessError(copied.error) }
      }
    }

    /// One cell a host: a, b and c.
    private func cells(_ hosts: BootedHosts) throws {
      for (host, name) in zip(1...3, ["a", "b", "c"]) {
        if host > 1 {
          try hosts[host].must("install -d -m 710 -o handover -g www-data /var/lib/handover-cells")
          let keys = try hosts[1].must("base64 /var/lib/handover-cells/keys")
          try hosts[host].must(
            "base64 -d >/var/lib/handover-cells/keys; cd /var/lib/handover-cells; chmod 600 keys; chown handover: keys",
            input: keys)
        }
        try Scale.follow("A new machine", on: hosts[host]) { commands in
          let named = commands.replacing("=a:1", with: "=\(name):\(host)").replacing(
            "cells/a", with: "cells/\(name)"
          )
          .replacing("handover@a", with: "handover@\(name)").replacing("CELL=a", with: "CELL=\(name)")
          return named.replacing("maria@", with: "\(name)@")
        }
        try Scale.follow("The hosts' cells", on: hosts[host]) {
          own($0, host).replacing("CELL=a", with: "CELL=\(name)")
        }
      }
      try eventually("each host knows the others") {
        try hosts.machines.allSatisfy {
          try $0.must("HANDOVER_CELL=$(ls /etc/handover/cells | cut -d. -f1) handover cell list").split(
            separator: "\n"
          ).count == 3
        }
      }
      for (host, name) in zip(1...3, ["a", "b", "c"]) {
        try hosts[host].must("HANDOVER_CELL=\(name) handover setup </dev/null")
        let kept = try hosts[host].must("grep -c '^ *keepalive 16;' /etc/nginx/sites-available/handover")
        #expect(kept == "2\n")
      }
      try hosts[1].must(
        "echo 'tide and 7 lanterns' | HANDOVER_CELL=a handover user add --organisation \(1 << 32 | 1) --name 'Zoe Lang' "
          + "--email zoe@example.com --role admin")
    }

    /// Signs Zoe in at a host, and looks at a page.
    private func signIn(at machine: BootedMachine) throws -> String {
      try machine.run(
        """
        rm -f /tmp/jar; ask() { curl -sk --max-time 20 -b /tmp/jar -c /tmp/jar "$@"; }
        token=$(ask https://export.example.com/login | grep -o 'name="csrf_token" value="[^"]*"' | head -1 | cut -d'"' -f4)
        ask -o /dev/null -w '%{http_code} ' https://export.example.com/login --data-urlencode "csrf_token=$token" \
          --data-urlencode email=zoe@example.com --data-urlencode 'password=tide and 7 lanterns'
        ask -o /dev/null -w '%{http_code}' https://export.example.com/settings/export
        """
      ).output
    }

    private func requireSignIn(at machine: BootedMachine, _ what: String) throws {
      var last = ""
      do {
        try eventually(what, within: .seconds(30)) {
          last = try signIn(at: machine)
          return last == "303 200"
        }
      } catch {
        let logs = try machine.run(
          "tail -n 20 /var/log/nginx/handover.*.log; journalctl --no-pager -n 400 -o cat | grep -v -e 'ignoring common' -e raft -e 'control group' | tail -n 60"
        )
        throw HarnessError("\(error): \(last)\n\(logs.output)")
      }
    }

    private func work(_ hosts: BootedHosts) throws {
      for machine in hosts.machines {
        try requireSignIn(at: machine, "the other hosts have followed")
      }
      // How much room the machine of the tests has is not ours.
      let said = try hosts[1].run("HANDOVER_CELL=a handover doctor").output.split(separator: "\n")
      #expect(
        said.allSatisfy { $0.hasPrefix("space: ") || $0.hasPrefix("backup: ") || $0 == "All is well." },
        "\(said)")
      let judged = try hosts[1].run("systemd-analyze security --threshold=15 handover@a.service | tail -2")
      #expect(judged.succeeded, "\(judged.output)")
    }

    /// Upgrades the first host, and then the second, while somebody reads pages of the first one at the second.
    private func upgrade(_ hosts: BootedHosts, from package: String) throws {
      #expect(try signIn(at: hosts[2]) == "303 200")
      try hosts[2].must(
        """
        cookies=$(sed -n 's/^#HttpOnly_//p; /^[^#]/p' /tmp/jar | awk -F '\\t' '{ printf "%s%s=%s", sep, $6, $7; sep = "; " }')
        systemd-run --quiet --unit=load --property=RemainAfterExit=yes \
          wrk -t 1 -c 4 -d 25s --timeout 60s --latency -H "Cookie: $cookies" https://export.example.com/settings/export
        """)
      for host in [1, 2] {
        try hosts[host].must(
          """
          cd /root; dpkg-deb --raw-extract /srv/package/\(package) new
          sed -i 's/^Version: .*/Version: 99/' new/DEBIAN/control
          dpkg-deb --root-owner-group -Znone --build new new.deb
          DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --install new.deb
          for i in 1 2 3; do systemctl restart 'handover@*.service'; done
          """)
      }
      try eventually("the load ends") { try hosts[2].property("SubState", of: "load.service") != "running" }
      let words = try hosts[2].journal(of: "load.service")
      #expect(words.contains("requests in") && !words.contains(/Socket errors|Non-2xx/), "\(words)")
    }

    /// The third host dies, and the second is cut off for a while.
    private func without(_ hosts: BootedHosts) throws {
      hosts[3].kill()
      for host in 1...2 { #expect(try signIn(at: hosts[host]) == "303 200") }
      try hosts[1].must("HANDOVER_CELL=a handover organisation add 'Later Brokers'")
      try hosts.cut(2)
      #expect(try signIn(at: hosts[1]) == "303 200")
      let added = try hosts[1].run("HANDOVER_CELL=a handover organisation add 'Last Brokers'")
      #expect(
        added.status == 1 && added.error.contains("etcd, the directory of all hosts, can't be reached"),
        "\(added)")
      try hosts.cut(2, false)
      try requireSignIn(at: hosts[2], "both work together again")
    }

    private func takeOver(_ hosts: BootedHosts) throws {
      try hosts[1].must("systemctl start handover-backup@a")
      let backup = try hosts[1].must("cd /var/lib/handover-backups/a && ls *.sqlite | tail -1")
        .trimmingCharacters(in: .newlines)
      try hosts[3].boot()
      let bytes = try hosts[1].must("base64 /var/lib/handover-backups/a/\(backup)")
      let settings = try hosts[1].must("cat /etc/handover/cells/a.conf")
      hosts[1].kill()
      try eventually("the others decide") {
        try hosts[2].run(etcdctl.replacing("0.0.1", with: "0.0.2") + " endpoint health").succeeded
      }
      try hosts[2].must(
        "install -d -o handover -m 700 /var/lib/handover-backups/a && base64 -d >/var/lib/handover-backups/a/\(backup)",
        input: bytes)
      try hosts[2].write(settings, to: "/etc/handover/cells/a.conf")
      try Scale.follow("When a host is gone", on: hosts[2]) {
        // The second way, from a backup.
        let lines = $0.split(separator: "\n").drop { !$0.contains("handover restore") }
        return lines.joined(separator: "\n").replacing("CELL=b", with: "CELL=a")
          .replacing("backups/b/FILE", with: "backups/a/\(backup) --yes")
          .replacing("take-over b", with: "take-over a").replacing("handover@b", with: "handover@a")
          .replacing("CELL=c", with: "CELL=b")
      }
      for host in 2...3 {
        try requireSignIn(at: hosts[host], "host \(host) knows where the cell is")
      }
      // The former host comes back, and serves it no longer.
      try hosts[1].boot()
      try eventually("it has heard of it") {
        try hosts[1].journal(of: "handover@a").contains(
          /two hosts must not serve|has been taken over by the host/)
      }
      #expect(try signIn(at: hosts[1]) != "303 200")
    }

    /// The first cell is the second host's now, and the first one is to stand by for it; then the other way round.
    private func standBy(_ hosts: BootedHosts) throws {
      let store = try hosts.startStore()
      defer { store.kill() }
      for (host, name) in [(1, "a"), (2, "a"), (2, "b"), (3, "c")] {
        func own(_ commands: String) -> String {
          let store = "sed -i 's|https://s3.example.com|http://10.0.0.9:9000|' /etc/handover/litestream.yml\n"
          return commands.replacing("echo 'HANDOVER_REPL", with: store + "echo 'HANDOVER_REPL")
            .replacing("…", with: "x")
            .replacing("@a.path", with: "@\(name).path").replacing("CELL=a", with: "CELL=\(name)")
            // The first host has no cell any more that it may serve.
            .replacing(
              "systemctl restart 'handover@*.service'",
              with: host == 1 ? "true" : "systemctl restart 'handover@*.service'")
        }
        if name != "b" {
          try Scale.follow("A store for documents", on: hosts[host]) { commands in
            // The first way, to a bucket.
            let bucket = "apt install" + commands.components(separatedBy: "apt install")[1]
            return own(bucket).replacing(
              "provider = AWS", with: "provider = Other\nendpoint = http://10.0.0.9:9000"
            ).replacing("BUCKET", with: "handover")
          }
          try Scale.follow("A copy of each cell", on: hosts[host], writing: own)
        } else {
          try hosts[host].must("systemctl enable --now handover-litestream@b.path")
        }
      }
      try copies("a", hosts[2])
      for (host, other) in [(1, "a"), (2, "b")] {
        try Scale.follow("A host that stands by", on: hosts[host]) {
          $0.replacing("cells/b", with: "cells/a").replacing("@b", with: "@a").replacing(
            "CELL=c", with: "CELL=\(other)")
        }
      }
      for host in 1...3 { try requireSignIn(at: hosts[host], "host \(host): handed on by who stands by") }

      // Cut off from the others and from the store, but not from people.
      try hosts.cut(2)
      try eventually("the host that is cut off answers nothing", within: .seconds(30)) {
        try hosts[2].must("curl -sk -o /dev/null -w '%{http_code}' https://export.example.com/login") == "503"
      }
      try takeOver("a", by: hosts[1])
      for host in [1, 3] { try requireSignIn(at: hosts[host], "host \(host) after the take-over") }
      try hosts.cut(2, false)
      try eventually("the former host stands by; \(try hosts[2].journal(of: "handover@a").suffix(2_000))") {
        try hosts[2].property("StatusText", of: "handover@a").hasPrefix("Standing by for the cell a")
      }
      try requireSignIn(at: hosts[2], "handed on by the former host")

      // Killed, after something was promised.
      try copies("a", hosts[1])
      let change =
        "HANDOVER_CELL=a handover user change --organisation \(1 << 32 | 1) zoe@example.com --role user"
      try eventually("it is promised") {
        let promised = try hosts[1].run(change)
        return promised.succeeded && promised.error.isEmpty
      }
      hosts[1].kill()
      let begun = ContinuousClock.now
      try takeOver("a", by: hosts[2])
      try requireSignIn(at: hosts[2], "taken over again")
      print("taken over from a killed host, by hand, and signed in: \(ContinuousClock.now - begun)")
      try requireSignIn(at: hosts[3], "the third host knows it")
      let role = try hosts[2].must(
        "sqlite3 /var/lib/handover-cells/a/handover.sqlite \"SELECT role FROM user WHERE email = 'zoe@example.com'\""
      )
      #expect(role == "user\n")
      try hosts[1].boot()
      try eventually("it comes back, and stands by") {
        try hosts[1].property("StatusText", of: "handover@a").hasPrefix("Standing by")
          && hosts[1].run("curl -sk -o /dev/null -w '%{http_code}' https://export.example.com/login").output
            == "200"
      }
    }

    private func takeOver(_ cell: String, by machine: BootedMachine) throws {
      let taken = try machine.must("HANDOVER_CELL=\(cell) handover cell take-over \(cell)")
      #expect(taken.contains("the server that stands by"), "\(taken)")
    }

    /// Waits until Litestream has copied all of a cell.
    private func copies(_ cell: String, _ machine: BootedMachine) throws {
      let folder = "/var/lib/handover-cells/\(cell)"
      try eventually(
        "the cell is copied; \(try machine.journal(of: "handover-litestream@\(cell)").suffix(2_000))"
      ) {
        try machine.run(
          "litestream sync -wait -timeout 5 -socket \(folder)/litestream.sock \(folder)/handover.sqlite"
        ).succeeded
      }
    }
  }
}
