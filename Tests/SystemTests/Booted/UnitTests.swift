import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// The program under its units, in a machine whose systemd runs.
  @Suite(.enabled(if: BootedMachine.isPossible && Checkout.isRelease, "only root can boot a machine"))
  struct UnitTests {
    private let site: InstalledMachine
    private var machine: BootedMachine { site.machine }

    init() throws { site = try InstalledMachine() }

    /// How often the service is ended under load.
    private static let ends = Checkout.isLong ? 20 : 5

    @Test("systemd finds nothing wrong with the units, and leaves them next to no rights")
    func units() throws {
      let units = try machine.must("ls /usr/share/handover-debian").split(separator: "\n")
        .filter { $0.hasSuffix(".service") || $0.hasSuffix(".socket") || $0.hasSuffix(".timer") }
      #expect(units.count >= 6)
      // Of another package, which not everybody has.
      try machine.must("ln -sf /bin/true /usr/bin/litestream")
      let verified = try machine.run("systemd-analyze verify --man=no \(units.joined(separator: " "))")
      #expect(verified.succeeded && verified.error == "", "\(verified.error)")
      for unit in ["", "-backup", "-drill"].flatMap({ ["handover\($0)", "handover\($0)@"] }) {
        let judged = try machine.run(
          "systemd-analyze security --offline=true --threshold=5 /usr/lib/systemd/system/\(unit).service")
        #expect(judged.succeeded, "\(judged.output)")
      }
      // The way out that linked storages need, and no other right.
      try machine.must(
        """
        mkdir -p /srv/open/handover.service.d && cp /usr/share/handover-debian/examples/storage.conf \
          /srv/open/handover.service.d/ && cp /usr/lib/systemd/system/handover.service /srv/open/
        """)
      let open = try machine.run(
        "systemd-analyze security --offline=true --threshold=12 /srv/open/handover.service")
      #expect(open.succeeded, "\(open.output)")
    }

    @Test("Litestream's unit copies the database, and the drill's restores the copy, each in its sandbox")
    func replication() throws {
      try machine.must("ln -sf /usr/lib/litestream /usr/bin/litestream")
      try machine.write(
        InstalledMachine.settings + "\nHANDOVER_REPLICATION=litestream\n", to: InstalledMachine.file)
      let example = "/usr/share/handover-debian/examples"
      // The example's, but for a store that needs no network.
      try machine.must(
        """
        sed -e '/^    replica:/,$d' \(example)/litestream.yml >/etc/handover/litestream.yml
        printf '    replica: {type: file, path: /var/lib/handover-backups/replica}\\n' >>/etc/handover/litestream.yml
        install -D -m 644 \(example)/replica.conf /etc/systemd/system/handover-drill.service.d/replica.conf
        mkdir -p /etc/systemd/system/handover-litestream.service.d
        printf '[Service]\\nReadWritePaths=/var/lib/handover-backups\\n' \
          >/etc/systemd/system/handover-litestream.service.d/store.conf
        systemctl daemon-reload
        handover demo --rows 300 >/dev/null
        systemctl start handover.service handover-litestream.service handover-backup.service
        """)
      try eventually("all has arrived; \(try machine.journal(of: "handover-litestream.service"))") {
        try machine.run(
          "litestream sync -wait -socket /var/lib/handover/litestream.sock /var/lib/handover/handover.sqlite"
        ).succeeded
      }
      let drilled = try machine.run("systemctl start handover-drill.service")
      let words = try machine.journal(of: "handover-drill.service")
      #expect(drilled.succeeded && words.contains("the copy elsewhere, of "), "\(words)")
      // As root, and beside the unit.
      #expect(try machine.must("handover drill").contains("the copy elsewhere, of "))
      let judged = try machine.run(
        "systemd-analyze security --threshold=15 handover-drill.service")
      #expect(judged.succeeded, "\(judged.output)")
      try machine.must("systemctl stop handover.service handover.socket handover-litestream.service")
      #expect(try machine.must("handover restore --replica --yes").contains("the copy elsewhere is in place"))
      #expect(
        try machine.must("stat -c '%a %U' /var/lib/handover/handover.sqlite") == "600 handover\n")
    }

    @Test("The first request starts the service, and an export goes all the way through nginx")
    func wholeWay() throws {
      let signIns = try machine.must("handover demo --rows 300").split(separator: "\n").map {
        $0.split(separator: " ")
      }
      #expect(try machine.property("ActiveState", of: "handover.service") == "inactive")
      try site.startNginx()
      let owner = try #require(signIns.first)
      try machine.write(Self.journey, to: "/srv/journey", mode: 0o755)
      let went = try machine.run("/srv/journey \(owner[0]) \(owner[1])")
      #expect(went.succeeded, "\(went.error)\(went.output)\(site.log)")
      #expect(try machine.property("ActiveState", of: "handover.service") == "active")
      #expect(try machine.property("StatusText", of: "handover.service") == "Serving http://localhost:8080")
      #expect(try machine.must("handover verify /srv/export.zip").contains("SHA-256"))
      #expect(try machine.must("curl -s \(InstalledMachine.address)/health") == "ok")
      // By its group, and nobody else by any.
      let archive = try machine.must("stat -c '%a %U %G' /var/lib/handover/exports/*.zip")
      #expect(archive == "640 handover www-data\n")
      let folders = try machine.must(
        "cd /var/lib/handover; stat -c '%a %U %G %n' . exports assets handover.sqlite keys")
      #expect(
        folders == """
          710 handover www-data .
          2750 handover www-data exports
          2750 handover www-data assets
          600 handover handover handover.sqlite
          600 handover handover keys

          """)
    }

    @Test("nginx reads the documents that the service takes in by their group, and their folders hand it on")
    func documents() throws {
      try machine.must("handover demo --rows 100")
      let document = "/usr/share/common-licenses/GPL-3"
      let command = "/usr/bin/handover document add --organisation 1 --deal D-1 \(document)"
      try site.adapt("[Service]\nType=oneshot\nRestart=no\nExecStart=\nExecStart=\(command)\n")
      let added = try machine.run("systemctl start handover.service")
      #expect(added.succeeded, "\(site.log)")
      let made = try machine.must(
        "cd /var/lib/handover/documents; stat -c '%a %U %G' $(find . -mindepth 1) | sort -u")
      #expect(made == "2750 handover www-data\n640 handover www-data\n")
      try machine.must(
        "setpriv --reuid=www-data --regid=www-data --clear-groups cmp \(document) /var/lib/handover/documents/1/*/*"
      )
    }

    /// Signs in, exports the organisation, and fetches the archive.
    private static let journey = """
      #!/bin/bash
      set -euo pipefail
      jar=/srv/jar address=\(InstalledMachine.address)
      ask() { curl -sS -f -c $jar -b $jar "$@"; }
      token() { ask $address$1 | grep -o 'name="csrf_token" value="[^"]*"' | head -1 | cut -d '"' -f 4; }
      ask -o /dev/null --data-urlencode "csrf_token=$(token /login)" --data-urlencode "email=$1" \\
        --data-urlencode "password=$2" $address/login
      ask -o /dev/null --data-urlencode "csrf_token=$(token /settings/export)" -d scope=organisation \\
        $address/settings/export
      for _ in {1..300}; do
        link=$(ask $address/settings/export | grep -o 'class="download" href="[^"]*"' | head -1 | cut -d '"' -f 4) || true
        [ -z "$link" ] || break
        sleep 0.1
      done
      ask -o /srv/export.zip "$address$(sed 's/&amp;/\\&/g' <<<"$link")"
      """

    @Test("A restart loses no request and no sign-in, however often there is one")
    func restarts() throws {
      let people = try machine.must("handover demo --rows 100")
      try site.startNginx()
      try machine.write(Self.signIns, to: "/srv/sign-ins", mode: 0o755)
      try machine.write(people, to: "/srv/people")
      let ends = Self.ends
      try machine.must(
        "systemd-run --quiet --unit=sign-ins --property=RemainAfterExit=yes /srv/sign-ins \(ends + 2)")
      let (answered, failed) = try site.load(for: ends + 4) {
        for _ in 0..<ends { try machine.must("systemctl restart handover.service; sleep 0.5") }
      }
      print("restarts: \(ends), requests: \(answered), \(failed ?? "none failed")")
      #expect(failed == nil && answered > 100, "\(answered) \(failed ?? "")")
      #expect(try machine.property("ActiveState", of: "handover.socket") == "active")
      let statuses = try machine.must("cat /srv/statuses").split(separator: "\n")
      print("sign-ins: \(statuses.count)")
      #expect(statuses.count > ends && statuses.allSatisfy { $0 == "303 200" }, "\(statuses)")
    }

    /// Signs people in at once by the form, each time from another address, and opens the Export page after it.
    private static let signIns = """
      #!/bin/bash
      address=\(InstalledMachine.address) end=$((SECONDS + $1)) person=0
      while read -r email password; do
        person=$((person + 1))
        for ((time = 1; SECONDS < end; time++)); do
          ask() { curl -4 -sS --interface 127.1.$person.$time -c /srv/jar$person.$time -b /srv/jar$person.$time "$@"; }
          token=$(ask $address/login | grep -o 'name="csrf_token" value="[^"]*"' | cut -d '"' -f 4)
          signed=$(ask -o /dev/null -w '%{http_code}' --data-urlencode "csrf_token=$token" \\
            --data-urlencode "email=$email" --data-urlencode "password=$password" $address/login)
          echo "$signed $(ask -o /dev/null -w '%{http_code}' $address/settings/export)" >>/srv/statuses
          # An account can sign in so many times in a quarter of an hour.
          sleep 1.5
        done </dev/null &
      done </srv/people
      wait
      """

    @Test("A kill loses no page that is only read, however often there is one")
    func kills() throws {
      try site.startNginx()
      let ends = Checkout.isLong ? Self.ends : 3
      let (answered, failed) = try site.load(for: ends * 3) {
        for _ in 0..<ends {
          let killed = try site.serving()
          try machine.must("kill -KILL \(killed)")
          try eventually("another one serves", within: .seconds(20)) {
            let now = try site.serving()
            return try now != killed && now != "0"
              && machine.property("SubState", of: "handover.service") == "running"
          }
        }
      }
      print("kills: \(ends), requests: \(answered), \(failed ?? "none failed")")
      #expect(failed == nil && answered > 100, "\(answered) \(failed ?? "")")
    }

    @Test("What the sandbox forbids ends the process, and is seen")
    func violation() throws {
      for (forbidden, command) in [
        ("another owner", "/usr/bin/chown handover /var/lib/handover"),
        ("priorities", "/usr/bin/ionice -c 1 true"),
      ] {
        try site.adapt("[Service]\nType=exec\nExecStart=\nExecStart=\(command)\nRestart=no\n")
        _ = try machine.run("systemctl start handover.service")
        try eventually("\(forbidden): \(site.log)") {
          try machine.property("ActiveState", of: "handover.service") == "failed"
        }
        #expect(try machine.property("ExecMainStatus", of: "handover.service") == "\(SIGSYS)", "\(forbidden)")
      }
    }

    @Test("Nothing gets out of the sandbox, and with the example for linked storages what they need does")
    func network() throws {
      try site.startNginx()
      let file = "\(InstalledMachine.address)/icons/handover.svg"
      func run(_ command: String) throws -> Bool {
        try site.adapt("[Service]\nType=oneshot\nRestart=no\nExecStart=\nExecStart=\(command)\n")
        return try machine.run("systemctl start handover.service").succeeded
      }
      #expect(try !run("/usr/bin/curl -sS -o /dev/null \(file)"))
      try machine.must(
        "cp /usr/share/handover-debian/examples/storage.conf /etc/systemd/system/handover.service.d/")
      #expect(
        try run("/usr/bin/curl -sS -o /dev/null \(file)"), "\(site.log)")
      // A program in Go, which has wishes of its own of the system.
      #expect(
        try run("/usr/bin/rclone copyurl \(file) /var/lib/handover/copied"),
        "\(site.log)")
      #expect(try machine.must("cat /var/lib/handover/copied").contains("<svg"))
    }

    @Test("A server that hangs is ended, and another one serves")
    func watchdog() throws {
      try site.adapt("[Service]\nWatchdogSec=2s\nWatchdogSignal=SIGKILL\n")
      try machine.must("systemctl start handover.service")
      let first = try site.serving()
      try machine.must("sleep 3")
      #expect(try site.serving() == first)
      try machine.must("kill -STOP \(first)")
      try eventually("another one serves", within: .seconds(30)) {
        let now = try site.serving()
        return try now != first && now != "0"
          && machine.property("ActiveState", of: "handover.service") == "active"
      }
      #expect(try machine.must("journalctl --no-pager -u handover.service").contains("Watchdog timeout"))
    }

    @Test("A wrong line in the settings: the service stays down, and its status names the line")
    func wrongLine() throws {
      let wrong = InstalledMachine.settings + "\nHANDOVER_TREADS=2\nHANDOVER_COMPRESSION=11\n"
      try machine.write(wrong, to: InstalledMachine.file)
      #expect(try !machine.run("systemctl start handover.service").succeeded)
      try machine.must("sleep 3")
      #expect(try machine.property("ActiveState", of: "handover.service") == "failed")
      #expect(try machine.property("ExecMainStatus", of: "handover.service") == "78")
      #expect(try machine.property("NRestarts", of: "handover.service") == "0")
      let status = try machine.run("systemctl status --no-pager --full handover.service").output
      #expect(status.contains("handover.conf, line 4: there is no variable HANDOVER_TREADS"), "\(status)")
      #expect(status.contains("HANDOVER_COMPRESSION is '11', but must be"), "\(status)")
      #expect(status.contains("handover.conf, line 5)"), "\(status)")
      // Not for ever for the sake of those who ask, either.
      try site.startNginx()
      #expect(
        try machine.must("curl -s -o /dev/null -w '%{http_code}' \(InstalledMachine.address)/login") == "502")
      let starts = try machine.must("journalctl --no-pager -o cat -u handover.service | grep -c TREADS")
      #expect(Int(starts.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 99 < 30)
      // A command says the same.
      let command = try machine.run("handover organisation list")
      #expect(command.status == 1 && command.error.contains("line 4"), "\(command)")
      try machine.write(InstalledMachine.settings, to: InstalledMachine.file)
      try machine.must("systemctl restart handover.service")
      #expect(
        try machine.must("curl -s -o /dev/null -w '%{http_code}' \(InstalledMachine.address)/login") == "200")
    }

    @Test("Root's commands leave nothing of root's, whatever was missing, and a running server goes on")
    func root() throws {
      try machine.must("handover organisation add First && handover demo --rows 100")
      try machine.must("systemctl start handover.service")
      let data = "/var/lib/handover"
      for missing in ["", "write.lock", "server.lock", "keys", "handover.sqlite-wal handover.sqlite-shm"] {
        try machine.must("systemctl stop handover.service handover.socket; cd \(data); rm -f \(missing)")
        try machine.must("handover organisation add More; handover keys rotate; handover organisation list")
        let roots = try machine.must("find \(data) /var/lib/handover-backups -uid 0")
        #expect(roots == "", "\(missing): \(roots)")
        try machine.must("systemctl start handover.service")
      }
      let refused = try machine.run("handover export --organisation 1 --output /root/export.zip")
      #expect(refused.status == 1 && refused.error.contains("as the user whom the data folder belongs to"))
    }
  }
}
