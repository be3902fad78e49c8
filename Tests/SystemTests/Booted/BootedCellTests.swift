import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Cells on a machine with the package, set up by nothing but the commands of Documentation/Scale.md.
  @Suite(.enabled(if: BootedMachine.isPossible && Checkout.isRelease, "only root can boot a machine"))
  struct BootedCellTests {
    @Test("Scale's commands make cells of a machine, which an upgrade starts anew, and take them back")
    func wholeLife() throws {
      let package = try PackageTests.package.get()
      let machine = try BootedMachine(showing: ["\(PackageTests.folder):/srv/package"])
      try machine.must(
        """
        dpkg --install /srv/package/\(package) && systemctl enable --quiet --now nginx postfix
        echo '127.0.0.1 export.example.com' >>/etc/hosts
        handover setup --host export.example.com --self-signed --organisation 'First Brokers' \
          --owner 'Ada First' --email ada@example.com </dev/null
        """)
      try Scale.follow("A machine that runs already", on: machine)
      #expect(try organisations(of: "first", on: machine) == "1\tFirst Brokers\n")
      try Scale.follow("A new machine", on: machine)
      try Scale.follow("Another cell", on: machine)
      try look(at: machine)
      try move(on: machine)
      try upgrade(machine, from: package)
      try nights(on: machine)
      try restore(on: machine)
      try link(on: machine)
      try leave(machine)
    }

    /// There and back, as root, while the servers run; the nights that follow find nothing amiss.
    private func move(on machine: BootedMachine) throws {
      try Scale.follow("Moving an organisation", on: machine)
      #expect(try organisations(of: "a", on: machine) == "")
      #expect(try organisations(of: "b", on: machine).hasPrefix("\(1 << 32 | 1)\tAcme Brokers\n"))
      let back = try machine.must(
        "HANDOVER_CELL=first handover organisation move \(1 << 32 | 1) --to a")
      #expect(back.contains("from the cell b to the cell a"))
      #expect(try organisations(of: "a", on: machine) == "\(1 << 32 | 1)\tAcme Brokers\n")
      let owners = try machine.must(
        "stat -c %U /var/lib/handover-cells/move.lock /var/lib/handover-cells/b/*")
      #expect(Set(owners.split(separator: "\n")) == ["handover"])
    }

    private func organisations(of cell: String, on machine: BootedMachine) throws -> String {
      try machine.must("HANDOVER_CELL=\(cell) handover organisation list")
    }

    private func look(at machine: BootedMachine) throws {
      #expect(try organisations(of: "a", on: machine) == "\(1 << 32 | 1)\tAcme Brokers\n")
      #expect(try organisations(of: "b", on: machine) == "\(2 << 32 | 1)\tBeta Brokers\n")
      let cells = try machine.must("HANDOVER_CELL=b handover cell list")
      #expect(
        cells == """
          a\t1\t1\t0\tserved\t/var/lib/handover-cells/a
          b\t2\t1\t0\tserved\t/var/lib/handover-cells/b
          first\t0\t1\t0\tserved\t/var/lib/handover-cells/first

          """)
      let nobody = try machine.run("handover organisation list")
      #expect(nobody.status == 1 && nobody.error.contains("doesn't say where the data is"))
      try answers(on: machine)
      for unit in ["handover@a", "handover-backup@b", "handover-drill@b"] {
        let judged = try machine.run("systemd-analyze security --threshold=5 \(unit).service")
        #expect(judged.succeeded, "\(judged.output)")
      }
      let modes = "stat -c '%a %U %G %n'"
      let shared = try machine.must("cd /var/lib/handover-cells; \(modes) . keys directory.*")
      let cell = try machine.must(
        """
        cd /var/lib/handover-cells/b
        \(modes) . exports documents assets handover.sqlite ../../handover-backups/b
        """)
      #expect(
        shared.split(separator: "\n").dropFirst().allSatisfy { $0.hasPrefix("600 handover handover ") },
        "\(shared)")
      #expect(shared.hasPrefix("710 handover www-data .\n") && shared.contains("directory.sqlite\n"))
      #expect(
        cell == """
          710 handover www-data .
          2750 handover www-data exports
          2750 handover www-data documents
          2750 handover www-data assets
          600 handover handover handover.sqlite
          700 handover handover ../../handover-backups/b

          """)
      #expect(try machine.must("find /var/lib/handover-cells -uid 0; systemctl --failed --no-legend") == "")
    }

    /// Whether nginx gets an answer, which takes it a moment after it has read its site anew.
    private func requireHealth(_ query: String, on machine: BootedMachine) throws {
      try eventually("the server answers; \(query)") {
        try machine.run("curl -sS -f -k 'https://export.example.com/health\(query)'").output == "ok"
      }
    }

    /// Each cell by its own socket.
    private func answers(on machine: BootedMachine) throws {
      for cell in ["first", "a", "b"] {
        try requireHealth("?cell=\(cell)", on: machine)
        let served = try machine.must("ls -l /proc/$(systemctl show -P MainPID handover@\(cell))/fd")
        #expect(served.contains("/var/lib/handover-cells/\(cell)/handover.sqlite"), "\(served)")
      }
    }

    private func upgrade(_ machine: BootedMachine, from package: String) throws {
      let cells = ["first", "a", "b"]
      func processes() throws -> [String] {
        try cells.map { try machine.property("MainPID", of: "handover@\($0).service") }
      }
      func sockets() throws -> [String] {
        try cells.map { try machine.property("InvocationID", of: "handover@\($0).socket") }
      }
      let before = try (processes: processes(), sockets: sockets())
      try machine.must(
        """
        cd /root; dpkg-deb --raw-extract /srv/package/\(package) new
        sed -i 's/^Version: .*/Version: 99/' new/DEBIAN/control
        dpkg-deb --root-owner-group -Znone --build new new.deb
        DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --install new.deb
        """)
      #expect(try sockets() == before.sockets)
      #expect(try zip(processes(), before.processes).allSatisfy { $0 != $1 && $0 != "0" })
      // That of a machine without cells stays as it was.
      #expect(try machine.property("ActiveState", of: "handover.service") == "inactive")
      #expect(try machine.property("UnitFileState", of: "handover.socket") == "disabled")
      try answers(on: machine)
    }

    /// Backup, drill and their timers, and what the doctor says then.
    private func nights(on machine: BootedMachine) throws {
      try machine.must("systemctl start handover-backup@b && systemctl start handover-drill@b")
      #expect(try machine.must("ls /var/lib/handover-backups/b").contains(".sqlite\n"))
      #expect(try machine.must("cat /var/lib/handover-cells/b/operation/drill.json").contains("true"))
      for timer in ["handover-backup@b.timer", "handover-drill@b.timer"] {
        #expect(try machine.property("ActiveState", of: timer) == "active")
        #expect(try machine.property("UnitFileState", of: timer) == "enabled")
      }
      // How much room the machine of the tests has is not ours.
      let said = try machine.run("HANDOVER_CELL=b handover doctor").output.split(separator: "\n")
      #expect(said.allSatisfy { $0.hasPrefix("space: ") || $0 == "All is well." }, "\(said)")
    }

    private func restore(on machine: BootedMachine) throws {
      let before = try organisations(of: "b", on: machine)
      try machine.must(
        """
        HANDOVER_CELL=b handover organisation add 'Later Brokers'
        systemctl stop handover@b.socket handover@b
        HANDOVER_CELL=b handover restore --yes /var/lib/handover-backups/b/*.sqlite
        systemctl start handover@b
        """)
      #expect(try organisations(of: "b", on: machine) == before)
      try answers(on: machine)
    }

    /// Root makes the folders at each start, in one that is the server's: a link there leads it nowhere.
    private func link(on machine: BootedMachine) throws {
      let etc = try machine.must("stat -c '%a %U %G' /etc")
      let started = try machine.run(
        """
        systemctl stop handover@b.socket handover@b; cd /var/lib/handover-cells
        runuser -u handover -- sh -c 'mv b /var/lib/handover-backups/away && ln -s /etc b'; systemctl start handover@b
        """)
      #expect(!started.succeeded)
      #expect(try machine.must("stat -c '%a %U %G' /etc") == etc)
      try machine.must(
        """
        systemctl stop handover@b.socket handover@b; cd /var/lib/handover-cells
        rm b && mv /var/lib/handover-backups/away b && systemctl start handover@b
        """)
      try answers(on: machine)
    }

    /// Back to a machine without cells, and then without the package.
    private func leave(_ machine: BootedMachine) throws {
      try machine.must(
        """
        for cell in a b; do
          systemctl disable --now handover@$cell.socket handover@$cell handover-backup@$cell.timer handover-drill@$cell.timer
          mv /var/lib/handover-cells/$cell /root/
        done
        """)
      try Scale.follow("Taking it back", on: machine)
      #expect(try machine.must("handover organisation list") == "1\tFirst Brokers\n")
      try requireHealth("", on: machine)
      try machine.must("mkdir /var/lib/handover-cells && mv /root/a /var/lib/handover-cells/")
      try machine.must("systemctl enable --quiet handover@a && systemctl start handover@a.socket")
      let kept = try machine.run("DEBIAN_FRONTEND=noninteractive dpkg --purge handover")
      let folders = "the records in /var/lib/handover /var/lib/handover-cells/a are kept"
      #expect(kept.succeeded && kept.error.contains(folders), "\(kept)")
      #expect(try machine.must("systemctl list-units --no-legend 'handover*@*'") == "")
      let left = try machine.must(
        "test -e /var/lib/handover-cells/a/handover.sqlite; find /etc -xdev -name '*handover*'")
      #expect(left == "")
    }
  }
}
