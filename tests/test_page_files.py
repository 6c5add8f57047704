"""A file that comes with a question: kept by what it is, or refused in words, and never able to harm anybody."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.page_fixtures import BROWSER, PDF, CustomerPage, words
from tests.story import Story

pytestmark = pytest.mark.anyio
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 20
HEIC = b"\x00\x00\x00\x18ftypheic" + b"0" * 20


def file(name: str, content: bytes, told: str = "application/pdf") -> tuple[str, tuple[str, bytes, str]]:
    return ("file", (name, content, told))


TAKEN = [
    ("faktura.pdf", PDF, "faktura.pdf", "application/pdf"),
    ("BILLEDE.JPG", JPEG, "BILLEDE.JPG", "image/jpeg"),
    ("foto.heic", HEIC, "foto.heic", "image/heic"),
    ("kvittering.exe", PNG, "kvittering.exe.png", "image/png"),
    ("../../etc/passwd", PDF, "passwd.pdf", "application/pdf"),
    ("C:\\Users\\kaj\\x.pdf", PDF, "x.pdf", "application/pdf"),
    ("inv\u202efdp.exe", PDF, "invfdp.exe.pdf", "application/pdf"),
    ("<img src=x onerror=alert(1)>.pdf", PDF, "_img src=x onerror=alert(1)_.pdf", "application/pdf"),
    (f"{'n' * 300}.pdf", PDF, f"{'n' * 96}.pdf", "application/pdf"),
    (".", PDF, "file.pdf", "application/pdf"),
]


async def test_a_file_is_kept_by_what_it_is_under_a_name_that_does_no_harm(story: Story, page: CustomerPage) -> None:
    await story.stands_released()
    for place, (name, content, _, _) in enumerate(TAKEN):
        await page.asks(f"Fil {place}", files=[file(name, content, "text/html")])
    texts = {row.id: row.text for row in page.inbox}
    found = {texts[kept.inbox_id]: (kept.name, kept.media_type, kept.content) for kept in page.files}
    for place, (_, content, name, media_type) in enumerate(TAKEN):
        assert found[f"Fil {place}"] == (name, media_type, content)


async def test_a_file_name_forges_no_header(story: Story, page: CustomerPage) -> None:
    """Written by hand, for a client that is no browser."""
    await story.stands_released()
    for place, name in enumerate((r"a\"; filename=\"evil.html", "a\tb\x0b\x7f.pdf", "a%0D%0ASet-Cookie: x.pdf")):
        parts = [
            f'Content-Disposition: form-data; name="{field}"\r\n\r\n{value}'
            for field, value in (("topic", "other"), ("text", f"Fil {place}"), ("form", ""))
        ]
        parts.append(f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n{PDF.decode()}')
        body = "".join(f"--edge\r\n{part}\r\n" for part in parts) + "--edge--\r\n"
        kind = {"Content-Type": "multipart/form-data; boundary=edge"}
        answer = await page.http.post(f"{page.path}/question", content=body.encode(), headers={**BROWSER, **kind})
        assert answer.status_code == 303, answer.text
    for kept in page.files:
        assert re.fullmatch(r"[^\x00-\x1f\x7f\"<>:;/\\]+\.pdf", kept.name), kept.name
    assert len(page.files) == 3


REFUSED: list[tuple[Any, str]] = [
    ([file("x.pdf", b"MZ\x90\x00 an executable")], "hverken PDF, PNG, JPEG eller HEIC"),
    ([file("x.pdf", b"<html>%PDF-</html>")], "hverken PDF, PNG, JPEG eller HEIC"),
    ([file("x.svg", b"<svg onload=alert(1)>", "image/svg+xml")], "hverken PDF, PNG, JPEG eller HEIC"),
    ([file("x.pdf", b"")], "Filen er tom"),
    ([file("x.pdf", PDF + b"0" * 6 * 1024 * 1024)], "større end 5 MB"),
    ([file("x.pdf", PDF), file("y.pdf", PDF)], "Vedlæg kun én fil"),
]


async def test_a_file_that_is_not_taken_is_named_and_the_text_is_not_lost(story: Story, page: CustomerPage) -> None:
    await story.stands_released()
    for files, said in REFUSED:
        answer = await page.asks("Se filen", 422, files=files)
        assert said in words(answer)
        assert "Se filen</textarea>" in answer.text
    assert page.inbox == []
    assert page.files == []
    assert story.freezes == []


async def test_no_file_chosen_is_no_file(story: Story, page: CustomerPage) -> None:
    await story.stands_released()
    await page.asks(files=[file("", b"", "application/octet-stream")])
    assert page.files == []
    assert len(page.inbox) == 1


async def test_a_heap_of_files_is_refused_in_words(story: Story, page: CustomerPage) -> None:
    await story.stands_released()
    heap = [file(f"{n}.pdf", PDF) for n in range(50)]
    assert "Det kunne ikke læses" in words(await page.asks("x", 400, files=heap))
    assert page.inbox == []
