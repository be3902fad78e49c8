import Handover

let mail = Subcommand(
  words: ["mail"], operands: ["FOLDER"], options: ["[--program PROGRAM]"],
  summary: "Hands the e-mail that waits in FOLDER to the mail server, and ends once none waits any more.",
  details: """
    FOLDER is a Maildir into which the server writes (HANDOVER_MAIL=maildir:FOLDER), with a folder 'failed' in it;
    PROGRAM is /usr/sbin/sendmail by default. All that waits is tried at the start; what can't be sent then is tried
    again after \(Wording.duration(MailSpool.firstPause)), then after twice as long each time, an hour at \
    most, for \(Wording.duration(MailSpool.limit)) in all. What is given up then, or what the mail server refuses
    for good, leaves a file in FOLDER/failed that says why. The package's handover-mail.service runs this, as a user
    who can't reach the records.
    """,
  run: { arguments in
    try MailSpool(folder: arguments.operand(0), program: arguments["--program"] ?? "/usr/sbin/sendmail")
      .send()
  })
