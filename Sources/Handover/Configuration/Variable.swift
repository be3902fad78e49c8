/// A variable of the environment, as `handover serve --help` and Documentation/Operations.md list it.
package struct Variable: Sendable {
  package let name: String
  /// The default: `none`, `empty`, `cores`, or a text that is read as if the operator had set it, in which
  /// `$NAME` is the value of another variable.
  package let standard: String
  package let meaning: String
  /// What the package's /etc/handover/handover.conf sets it to; nil where it is left to the operator.
  package var installed: String?
}

extension Variable {
  /// Every variable, in the order of the lists.
  package static let all = [
    data, group, url, mail, mailFrom, operatorAddress, exportsAtOnce, exportsPerDay, threads, requestThreads,
    compression, documentsGiB, dropboxApp, googleApp, aggregator, supportURL, breached, replication, cell,
    directory, host, hostCertificates, store, storeConfiguration, standBy,
    log,
    logFormat,
    proxies, port,
  ]

  static let data = Variable(
    name: "HANDOVER_DATA", standard: "./var",
    meaning: "database, exports, Maildir, keys, socket; mode 0700, keys 0600", installed: "/var/lib/handover")
  static let group = Variable(
    name: "HANDOVER_GROUP", standard: "none",
    meaning:
      "nginx's group where nginx runs as somebody else: folder 0710, exports and documents 0750, files in them 0640, socket 0660"
  )
  static let url = Variable(
    name: "HANDOVER_URL", standard: "http://localhost:$PORT",
    meaning: "where people reach it; the only source of hosts in links")
  static let mail = Variable(
    name: "HANDOVER_MAIL", standard: "maildir:$HANDOVER_DATA/mail",
    meaning: "where e-mail goes: maildir:FOLDER, or sendmail:PROGRAM such as sendmail:/usr/sbin/sendmail",
    installed: "maildir:/var/spool/handover")
  static let mailFrom = Variable(
    name: "HANDOVER_MAIL_FROM", standard: "Handover <handover@localhost>", meaning: "the sender of all e-mail"
  )
  static let operatorAddress = Variable(
    name: "HANDOVER_OPERATOR", standard: "none",
    meaning: "the address of whoever runs the server, who gets an e-mail when a backup or a drill fails")
  static let exportsAtOnce = Variable(
    name: "HANDOVER_EXPORTS_AT_ONCE", standard: "4", meaning: "organisations whose exports run side by side")
  static let exportsPerDay = Variable(
    name: "HANDOVER_EXPORTS_PER_DAY", standard: "100",
    meaning: "exports that an organisation may request in 24 hours; 0: no limit")
  static let threads = Variable(
    name: "HANDOVER_THREADS", standard: "cores", meaning: "threads that compress, shared by all exports")
  static let requestThreads = Variable(
    name: "HANDOVER_REQUEST_THREADS", standard: "16",
    meaning: "threads that answer requests, beside those that wait for the check of a password")
  static let compression = Variable(
    name: "HANDOVER_COMPRESSION", standard: "4",
    meaning: "1 (fast) to 9 (small); Documentation/Performance.md says what the levels cost")
  static let documentsGiB = Variable(
    name: "HANDOVER_DOCUMENTS_GIB", standard: "0",
    meaning: "what an organisation's documents may take on the disk, in GiB; 0: no limit")
  static let dropboxApp = Variable(
    name: "HANDOVER_DROPBOX_APP", standard: "empty",
    meaning: "a file (0600) with the key and the secret of the operator's app at Dropbox, a line each")
  static let googleApp = Variable(
    name: "HANDOVER_GOOGLE_APP", standard: "empty",
    meaning: "the same for Google Drive: client id and client secret")
  static let aggregator = Variable(
    name: "HANDOVER_AGGREGATOR", standard: "empty",
    meaning: "whom to contact where an organisation has no owner: a name and an address")
  static let supportURL = Variable(
    name: "HANDOVER_SUPPORT_URL", standard: "empty", meaning: "the address of the live chat")
  static let breached = Variable(
    name: "HANDOVER_BREACHED", standard: "empty",
    meaning: "a sorted file of SHA-1 sums of breached passwords, as Have I Been Pwned publishes it")
  static let replication = Variable(
    name: "HANDOVER_REPLICATION", standard: "none",
    meaning:
      "litestream: Litestream copies each transaction elsewhere, and alone checkpoints; its control socket is litestream.sock in HANDOVER_DATA"
  )
  static let directory = Variable(
    name: "HANDOVER_DIRECTORY", standard: "none",
    meaning:
      "etcd's addresses, such as https://10.0.0.1:2379,https://10.0.0.2:2379: the cells are on several hosts (Documentation/Scale.md)"
  )
  static let host = Variable(
    name: "HANDOVER_HOST", standard: "none",
    meaning: "ADDRESS:PORT, such as 10.0.0.1:8443, at which this host's nginx is asked by the other ones")
  static let hostCertificates = Variable(
    name: "HANDOVER_HOST_CERTIFICATES", standard: "/etc/handover/hosts",
    meaning:
      "a folder with host.crt and host.key, as which this host asks others and etcd, and ca.crt, whom it believes"
  )
  static let store = Variable(
    name: "HANDOVER_STORE", standard: "none",
    meaning:
      "what all hosts reach, and documents are in before they are said to be stored: rclone's name and path of it, such as store:handover, or a folder such as /mnt/store"
  )
  static let storeConfiguration = Variable(
    name: "HANDOVER_STORE_CONFIG", standard: "/etc/handover/rclone.conf",
    meaning: "the file of rclone's in which that name is")
  static let standBy = Variable(
    name: "HANDOVER_STAND_BY", standard: "none",
    meaning:
      "by-hand or automatic: where another host has the cell, the server keeps a copy ready, and takes it over when told so, or when that host is gone"
  )
  static let cell = Variable(
    name: "HANDOVER_CELL", standard: "none",
    meaning:
      "NAME:NUMBER: the data folder is one of the cells of a machine (Documentation/Scale.md); NAME alone chooses the installed one of that name"
  )
  static let log = Variable(
    name: "HANDOVER_LOG", standard: "info",
    meaning: "debug, info, warning or error; debug adds a line for each request")
  static let logFormat = Variable(
    name: "HANDOVER_LOG_FORMAT", standard: "logfmt", meaning: "logfmt, or json: an object a line")
  static let proxies = Variable(
    name: "HANDOVER_PROXIES", standard: "empty",
    meaning:
      "networks of the proxies in front of nginx, whose X-Forwarded-For it believes: 192.0.2.0/24 2001:db8::/32"
  )
  static let port = Variable(
    name: "PORT", standard: "8080", meaning: "the port in HANDOVER_URL's default, and nginx's in Scripts/run")
}
