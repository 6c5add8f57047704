"""The list of what fits no case, and what staff does with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api_fixtures import problem
from tests.hooks import DOMAIN, Hooks, hooks
from tests.story import Story
from tests.test_hooks_mail_contents import PNG, base64_of

__all__ = ["hooks"]

pytestmark = pytest.mark.anyio


async def unmatched(story: Story, hooks: Hooks, text: str = "Hvad er det her?", **more: Any) -> str:
    """A mail from a stranger to the creditor; its id on the list."""
    to = f"reply+{story.creditor}.unknown@{DOMAIN}"
    assert await hooks.mail(to=to, sender="Ukendt <hvem@ukendt.example>", text=text, **more) == [200]
    return next(row.id for row in hooks.inbox if row.text.startswith(text))


async def test_what_fits_no_case_is_listed_newest_first_page_by_page(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    for n in range(3):
        await unmatched(story, hooks, f"Mail {n}")
    listed = await hooks.api.get("/replies")
    assert [line["text"] for line in listed["items"]] == ["Mail 2", "Mail 1", "Mail 0"]
    assert listed["items"][0]["sender"] == "Ukendt <hvem@ukendt.example>"
    assert listed["items"][0]["unmatched_why"] == "no customer has the sender's e-mail address"
    assert [line["text"] for line in (await hooks.api.get("/replies", limit=1, offset=1))["items"]] == ["Mail 1"]
    assert (await hooks.api.get("/replies", by="rasmus"))["items"] == []
    await hooks.mail(text="Fra Havn")
    assert [line["text"] for line in (await hooks.api.get("/replies", by="rasmus", state="matched"))["items"]] == [
        "Fra Havn"
    ]
    assert (await hooks.api.get("/replies", by="ida", state="all"))["items"] == []
    await hooks.api.refused(422, "GET", "/replies?state=lost&limit=0")


async def test_an_attached_reply_freezes_its_case_and_is_settled(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    reply = await unmatched(story, hooks)
    body = {"case_id": story.case.id}
    await hooks.api.refused(403, "POST", f"/replies/{reply}/attach", body, by="rasmus")
    done = await hooks.api.do(f"/replies/{reply}/attach", body)
    assert done["case_id"] == story.case.id
    await story.quiet()
    assert story.freezes == ["question: the customer has replied"]
    assert (await hooks.api.get("/replies"))["items"] == []
    [question] = (await hooks.api.get(f"/cases/{story.case.id}"))["questions"]
    assert question["text"] == "Hvad er det her?"
    for again in ("attach", "dismiss"):
        answer = body if again == "attach" else {"reason": "spam"}
        assert (
            "dealt with by admin"
            in (await hooks.api.refused(409, "POST", f"/replies/{reply}/{again}", answer))["detail"]
        )
    assert story.told("reply attached") == ["A reply that fitted no case was put to this one"]
    assert len(story.told("frozen")) == 1


async def test_a_dismissed_reply_leaves_the_list_with_its_reason(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    reply = await unmatched(story, hooks)
    await hooks.api.refused(403, "POST", f"/replies/{reply}/dismiss", {"reason": "spam"}, by="ida")
    await hooks.api.refused(422, "POST", f"/replies/{reply}/dismiss", {"reason": " "})
    await hooks.api.do(f"/replies/{reply}/dismiss", {"reason": "advertising"})
    assert (await hooks.api.get("/replies"))["items"] == []
    assert story.told("reply dismissed") == ["A reply that fits no case is dismissed: advertising"]
    await hooks.api.refused(409, "POST", f"/replies/{reply}/attach", {"case_id": story.case.id})
    assert story.freezes == []


async def test_replies_and_cases_that_are_not_there_are_refused(story: Story, hooks: Hooks) -> None:
    other = Story(story.engines, f"other-{story.creditor}")
    await story.stands_released()
    await other.stands_released()
    reply = await unmatched(story, hooks)
    for path in (f"/replies/{reply}x/attach", "/replies/%00/attach", f"/replies/{story.case.id}/attach"):
        await hooks.api.refused(404, "POST", path, {"case_id": story.case.id})
    await hooks.api.refused(404, "POST", f"/replies/{reply}/attach", {"case_id": other.case.id})
    await hooks.api.refused(422, "POST", f"/replies/{reply}/attach", {"case_id": ""})
    await hooks.mail()
    known = next(row.id for row in hooks.inbox if row.case_id)
    assert (
        "which knows of it"
        in (await hooks.api.refused(409, "POST", f"/replies/{known}/attach", {"case_id": story.case.id}))["detail"]
    )
    assert other.freezes == []


async def test_attaching_while_temporal_is_away_can_be_done_again(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    reply = await unmatched(story, hooks)
    body = {"case_id": story.case.id}
    async with hooks.without_temporal():
        await hooks.api.refused(503, "POST", f"/replies/{reply}/attach", body)
        assert [line["id"] for line in (await hooks.api.get("/replies"))["items"]] == [reply]
    await hooks.api.do(f"/replies/{reply}/attach", body)
    await story.quiet()
    assert story.freezes == ["question: the customer has replied"]


async def test_files_are_downloads_for_those_who_see_the_case(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    files = {'skærm "1".png': base64_of(PNG)}
    assert await hooks.mail(kind="attachment", files=files) == [200]
    [question] = (await hooks.api.get(f"/cases/{story.case.id}", by="rasmus"))["questions"]
    [file] = question["files"]
    assert (file["name"], file["media_type"], file["size"]) == ('skærm "1".png', "image/png", len(PNG))
    path = f"/cases/{story.case.id}/inbox/{question['id']}/files/{file['id']}"
    for by in ("anna", "rasmus"):
        response = await hooks.api.call("GET", path, by)
        assert response.content == PNG
        assert response.headers["content-type"] == "image/png"
        assert response.headers["content-disposition"] == (
            "attachment; filename=\"sk_rm _1_.png\"; filename*=UTF-8''sk%C3%A6rm%20%221%22.png"
        )
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in response.headers["content-security-policy"]
    assert problem(await hooks.api.call("GET", path, "ida"), 404)
    assert problem(await hooks.api.http.get(path), 401)
    for wrong in (path + "x", path.replace(question["id"], "x"), f"/cases/{story.case.id}/inbox/%00/files/%00"):
        await hooks.api.refused(404, "GET", wrong)


async def test_files_of_a_reply_without_a_case_are_for_admins(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    reply = await unmatched(story, hooks, kind="attachment")
    [file] = (await hooks.api.get("/replies"))["items"][0]["files"]
    path = f"/replies/{reply}/files/{file['id']}"
    assert (await hooks.api.call("GET", path)).content.startswith(b"%PDF-")
    assert problem(await hooks.api.call("GET", path, "rasmus"), 404)
    case = f"/cases/{story.case.id}/inbox/{reply}/files/{file['id']}"
    await hooks.api.refused(404, "GET", case)
