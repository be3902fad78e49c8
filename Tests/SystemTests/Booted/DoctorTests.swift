import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// What the doctor says of a machine whose systemd runs, as root and by the settings of the package.
  @Suite(.enabled(if: BootedMachine.isPossible && Checkout.isRelease, "only root can boot a machine"))
  struct BootedDoctorTests {
    @Test("Of units and of the sandbox it finds each fault, and says nothing of a machine that is well")
    func units() throws {
      let site = try InstalledMachine()
      let machine = site.machine
      try machine.must(
        "systemctl enable --quiet --now handover.service handover-backup.timer handover-drill.timer")
      try site.startNginx()
      // Before the first night, too.
      #expect(try findings(machine) == [])
      try machine.must("handover backup /var/lib/handover-backups/ --keep 14")
      #expect(try findings(machine) == [])
      try find(
        [
          (
            "systemctl stop handover-backup.timer", "systemctl start handover-backup.timer",
            "units handover-backup.timer is enabled and not active"
          ),
          (
            "systemctl disable --quiet --now handover-drill.timer",
            "systemctl enable --quiet --now handover-drill.timer",
            "units handover-drill.timer doesn't start with the machine"
          ),
          (
            """
            mkdir -p /etc/systemd/system/handover-drill.timer.d
            printf '[Timer]\\nOnCalendar=\\nOnCalendar=2099-01-01\\n' >/etc/systemd/system/handover-drill.timer.d/far.conf
            systemctl daemon-reload
            """,
            "rm /etc/systemd/system/handover-drill.timer.d/far.conf; systemctl daemon-reload",
            "units handover-drill.timer does not run before 2099-01-01T00:"
          ),
          (
            "chmod 644 /var/lib/handover/handover.sqlite", "chmod 600 /var/lib/handover/handover.sqlite",
            "files /var/lib/handover/handover.sqlite is open to other users: mode 0644"
          ),
          (
            """
            mkdir -p /etc/systemd/system/handover.service.d
            printf '[Service]\\nNoNewPrivileges=no\\nPrivateTmp=no\\n' >/etc/systemd/system/handover.service.d/mail.conf
            systemctl daemon-reload
            """,
            "rm /etc/systemd/system/handover.service.d/mail.conf; systemctl daemon-reload",
            "sandbox /etc/systemd/system/handover.service.d/mail.conf takes back what protects this machine from the server: NoNewPrivileges, PrivateTmp"
          ),
          (
            "systemctl stop site.service", "",
            "nginx nobody answers at port 8080: can't connect to port 8080: Connection refused"
          ),
        ], on: machine)
    }

    @Test(
      "What runs on after it was renewed, changed or replaced is found, and a server that ended by itself")
    func age() throws {
      let site = try InstalledMachine()
      let machine = site.machine
      let certificate = "/etc/handover/export.example.com.certificate.pem"
      // A program that can be replaced, unlike the one that is shown from here.
      try machine.must(
        """
        cp -r /usr/lib/handover /srv/program && ln -sfn /srv/program/handover /usr/bin/handover
        systemctl enable --quiet --now handover.service nginx.service handover-backup.timer handover-drill.timer
        handover setup --host export.example.com --self-signed --organisation 'Acme Brokers' \
          --owner 'Maria Rossi' --email maria@localhost </dev/null
        """)
      try eventually("all is well; \(try findings(machine))") { try findings(machine) == [] }
      try find(
        [
          (
            """
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj /CN=x \
              -addext subjectAltName=DNS:export.example.com -out \(certificate) \
              -keyout /etc/handover/export.example.com.key.pem
            """, "systemctl reload nginx; sleep 0.5",
            "certificate nginx shows another certificate than \(certificate), which was renewed meanwhile"
          ),
          (
            "touch -d 'now + 1 minute' \(InstalledMachine.file)",
            "touch -d '1 hour ago' \(InstalledMachine.file)",
            "environment \(InstalledMachine.file) has changed, and the server runs with what it said before"
          ),
          (
            "cp /srv/program/handover /srv/program/new && mv /srv/program/new /srv/program/handover",
            "systemctl restart handover", "units the program was replaced, and the one from before runs on"
          ),
          (
            """
            kill -9 $(systemctl show --property=MainPID --value handover)
            until [ $(systemctl show --property=NRestarts --value handover) = 1 ]; do sleep 0.1; done
            systemctl start handover
            """, "systemctl restart handover",
            "units the server has ended by itself and was started again, 1 time, the last at"
          ),
        ], on: machine)
    }

    /// Plants each fault alone: it is found, and nothing else, until it is mended.
    private func find(
      _ faults: [(fault: String, remedy: String, found: String)], on machine: BootedMachine
    ) throws {
      for (fault, remedy, found) in faults {
        try machine.must(fault)
        let said = try findings(machine)
        #expect(said.count == 1 && said[0].hasPrefix(found), "\(said)")
        if remedy.isEmpty { continue }
        try machine.must(remedy)
        #expect(try findings(machine) == [], "\(remedy)")
      }
    }

    private func findings(_ machine: BootedMachine) throws -> [String] {
      let result = try machine.run("handover doctor --json")
      let object =
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: [[String: String]]]
      let findings = try #require(object?["findings"], "\(result.error)")
      #expect((result.status == 0) == findings.isEmpty)
      // How much room the machine of the tests has is not ours.
      return findings.filter { $0["check"] != "space" }
        .map { "\($0["check"] ?? "") \($0["message"] ?? "")" }
    }
  }
}
