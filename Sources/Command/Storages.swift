import Foundation
import Handover

let linkStorage = Subcommand(
  words: ["storage", "link"], operands: ["TYPE", "SETTING=VALUE…"], options: ["--organisation ID"],
  summary: "Links an S3, SFTP or WebDAV place, to which the organisation's documents are copied.",
  details: """
    TYPE is s3, sftp or webdav. The settings are rclone's own (rclone.org/s3, /sftp, /webdav), and path: the bucket or
    folder below which 'Handover - ORGANISATION' is made. Secrets, such as pass and secret_access_key, are read from
    standard input, a line each, and are kept in a file of mode 0600.

      printf 'pass=%s\\n' "$PASS" | handover storage link --organisation 1 sftp host=files.example user=broker \\
        known_hosts_file=/etc/ssh/ssh_known_hosts path=/srv/documents
      printf 'secret_access_key=%s\\n' "$KEY" | handover storage link --organisation 1 s3 provider=Minio \\
        endpoint=https://s3.example access_key_id=handover path=documents

    It is tried at once: a folder is made there, a small file written, read and removed. Without known_hosts_file, SFTP
    believes any server. The same place again goes on where it stopped, and may have another password.
    """,
  run: { arguments in
    let organisation = try arguments.organisation()
    let type = try arguments.operand(0)
    var secrets: [String] = []
    if !isTerminal {
      while let line = readLine(strippingNewline: true) { secrets.append(line) }
    }
    let link = try Application().linkStorage(
      type, arguments.operands(from: 1), secrets: secrets, to: organisation)
    print("\(link.id)\t\(link.name)")
  })

let unlinkStorage = Subcommand(
  words: ["storage", "unlink"], options: ["--organisation ID"],
  summary: "Unlinks the storage of an organisation; what was copied stays there.",
  run: { arguments in
    print("unlinked\t\(try Application().unlinkStorage(of: arguments.organisation()))")
  })

let listStorages = Subcommand(
  words: ["storage", "list"],
  summary:
    "Prints every organisation's linked storage: organisation, state, what it is, documents in it, of how many.",
  run: { _ in
    for storage in try Application(for: .reading).storages() {
      print(
        "\(storage.organisation.rawValue)\t\(storage.status)\t\(storage.name)\t\(storage.synced)\t\(storage.all)"
      )
    }
  })
