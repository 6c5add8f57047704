"""A PDF of one page, written by hand: enough for a reader to open and for a test to find the invoice number in."""

from __future__ import annotations

from standins.economic.book import Book
from standins.economic.records import Invoice


def invoice_pdf(book: Book, invoice: Invoice) -> bytes:
    kind = "Kreditnota" if invoice.gross < 0 else "Faktura"
    due = f"Forfald {invoice.due.isoformat()}" if invoice.due else ""
    recipient = [invoice.recipient.get(name, "") for name in ("name", "address", "zip", "city")]
    lines = [
        book.company.name,
        "",
        f"{kind} {invoice.number}",
        f"Dato {invoice.booked.isoformat()}",
        due,
        "",
        *recipient[:2],
        " ".join(recipient[2:]),
        "",
        invoice.heading,
        f"{invoice.currency} {invoice.gross:,.2f}",
    ]
    return _page(lines)


def _page(lines: list[str]) -> bytes:
    drawn = b"".join(b"(" + _escaped(line) + b") Tj T*\n" for line in lines)
    content = b"BT /F1 12 Tf 16 TL 72 770 Td\n" + drawn + b"ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(out))
    )


def _escaped(text: str) -> bytes:
    raw = text.encode("cp1252", "replace")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
