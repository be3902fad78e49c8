"""What happens outside of Handover's pages: the e-mail, the folder, the opened file. Drawn around what is real: the mail that
was sent, the ZIP that was downloaded, the rows of its CSV."""

import csv
import email
import email.policy
import io
import zipfile
from html import escape
from pathlib import Path

STYLE = """
:root { color-scheme: light dark; --ground: #eef0f2; --paper: #fff; --ink: #1a1c1e; --soft: #595f65; --line: #d9dcdf; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0b0c0d; --paper: #191c1f; --ink: #e8eaeb; --soft: #a5adb4; --line: #34393e; } }
body { margin: 0; }
.desk { height: 100vh; box-sizing: border-box; padding: 28px; overflow: hidden; background: var(--ground); color: var(--ink);
  font: 15px/1.5 'Noto Sans', 'DejaVu Sans', sans-serif; }
.window { height: 100%; box-sizing: border-box; overflow: hidden; border: 1px solid var(--line); border-radius: 10px;
  background: var(--paper); }
.bar { padding: 10px 16px; border-bottom: 1px solid var(--line); color: var(--ink);
  font: 600 15px/1.5 'Noto Sans', 'DejaVu Sans', sans-serif; background: var(--paper); }
.bar small { display: block; font-weight: 400; font-size: 13px; color: var(--soft); }
.desk a { display: flex; gap: 12px; padding: 9px 16px; color: inherit; text-decoration: none;
  border-bottom: 1px solid var(--line); white-space: nowrap; }
.desk a b { font-weight: 600; }
.desk a span { color: var(--soft); overflow: hidden; text-overflow: ellipsis; }
.desk a i { margin-left: auto; font-style: normal; color: var(--soft); }
.desk table { border-collapse: collapse; font-size: 13px; }
.desk :is(td, th) { max-width: 190px; padding: 4px 10px; border: 1px solid var(--line); overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; text-align: left; font-weight: 400; }
.desk th { text-align: center; color: var(--soft); background: var(--ground); }
.desk tr:nth-child(2) td { font-weight: 600; }
"""


class Desk:
    def __init__(self, browser, mails):
        self.browser = browser
        self.mails = Path(mails)
        self.folder = browser.downloads.parent

    def mail(self, word):
        """The newest mail whose subject holds the word; None where there is none yet."""
        found = [self._read(file) for file in sorted((self.mails / "new").glob("*"), key=lambda file: file.stat().st_mtime_ns)]
        return next((mail for mail in reversed(found) if word in mail["Subject"]), None)

    def show_inbox(self, word):
        mail = self.mail(word)
        html = self._html(mail)
        preview = html.partition('class="preheader"')[2].partition(">")[2].partition("<")[0]
        self._show(f'<div class="bar">Inbox</div><a href="#"><b>Handover</b>{escape(mail["Subject"])}<span>{preview}</span></a>')

    def show_mail(self, word):
        """The mail itself, below the line that a mail program puts over it."""
        mail = self.mail(word)
        head, body, rest = self._html(mail).partition("<body")
        start, end, rest = rest.partition(">")
        head = head.replace("</head>", f"<style>{STYLE}</style></head>")
        bar = f'<div class="bar">{escape(mail["Subject"])}<small>{escape(mail["From"])}</small></div>'
        self._open(head + body + start + end + bar + rest)

    def show_downloads(self):
        file = self._zip()
        self._show(f'<div class="bar">Downloads</div>{row(file.name, file.stat().st_size)}')

    def show_unzipped(self):
        file = self._zip()
        with zipfile.ZipFile(file) as archive:
            rows = "".join(row(entry.filename, entry.file_size) for entry in archive.infolist())
        self._show(f'<div class="bar">{escape(file.stem)}</div>{rows}')

    def show_table(self, name):
        with zipfile.ZipFile(self._zip()) as archive, archive.open(name) as file:
            lines = csv.reader(io.TextIOWrapper(file, "utf-8-sig", newline=""))
            rows = [line[:8] for line, _ in zip(lines, range(22))]
        letters = "".join(f"<th>{letter}</th>" for letter in "ABCDEFGH")
        cells = "".join(
            f"<tr><th>{number}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>"
            for number, line in enumerate(rows, 1))
        self._show(f'<div class="bar">{name}</div><table><tr><th></th>{letters}</tr>{cells}</table>')

    def wait_for_download(self, wait_for):
        wait_for(lambda: self._zip() is not None, "the ZIP")

    def _zip(self):
        files = sorted(self.browser.downloads.glob("*.zip"), key=lambda file: file.stat().st_mtime_ns)
        return files[-1] if files else None

    def _show(self, content):
        self._open(f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><style>{STYLE}</style>'
                   f'<body><div class="desk"><div class="window">{content}</div></div>')

    def _open(self, html):
        page = self.folder / "desk.html"
        page.write_text(html)
        self.browser.open(page.as_uri())

    def _read(self, file):
        return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)

    def _html(self, mail):
        return mail.get_body(("html",)).get_content()


def row(name, size):
    unit = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
    return f'<a href="#"><b>{escape(name)}</b><i>{unit}</i></a>'
