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
        """
        systemctl enable --quiet --now handover.service handover-backup.timer handover-drill.timer
        handover backup /var/lib/handover-backups/ --keep 14
        """)
      try site.startNginx()
      func findings() throws -> [String] {
        let result = try machine.run("handover doctor --json")
        let object =
          try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: [[String: String]]]
        let findings = try #require(object?["findings"], "\(result.error)")
        #expect((result.status == 0) == findings.isEmpty)
        // How much room the machine of the tests has is not ours.
        return findings.filter { $0["check"] != "space" }
          .map { "\($0["check"] ?? "") \($0["message"] ?? "")" }
      }
      #expect(try findings() == [])
      for (fault, remedy, found) in [
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
          "systemctl stop site.service", nil,
          "nginx nobody answers at port 8080: can't connect to port 8080: Connection refused"
        ),
      ] as [(String, String?, String)] {
        try machine.must(fault)
        #expect(try findings() == [found])
        if let remedy { try machine.must(remedy) }
      }
    }
  }
}
