"""The commands of a workflow keep their order: cases that began under yesterday's code are replayed under today's."""

from __future__ import annotations

import pytest

from tests.workflow_commands import BASELINE, changes, commands_of, of_today

TEACHING = """
The commands of a workflow have changed: activities, timers, search attributes or new runs in another order, or a
handler is gone. Cases run for months. The worker goes through a case's history with the code of today; where the code
gives another command than the history holds, the case stops there and stays stopped. A signal or an update whose
handler is gone finds nobody.

What to do:
  1. Put the new way beside the old one:  if workflow.patched("what-changes"): <new>  else: <old>
     Leave a handler where it is, under its name, also when nobody calls it any more.
  2. Record a history of the new way:     add a path to tests/record_histories.py, and run it with pytest
  3. Then write these commands down anew: python -m tests.workflow_commands
docs/changing-workflows.md explains each of them. The commands are the same and only the code around them has another
shape, or the workflow has never run in production? Then step 3 is enough.
"""
BEFORE = """
class Ear:
    @workflow.signal(name="payment_registered")
    def payment(self, news): self.told.append(news)

    @workflow.update(name="release")
    async def release(self, release):
        await workflow.execute_local_activity("record_release", release)

@workflow.defn(name="Case")
class Case(Ear):
    @workflow.run
    async def run(self, case):
        move = await self.ask("decide", case)
        while move.kind != "close":
            await workflow.wait_condition(lambda: self.told, timeout=move.at)
            if move.kind == "send":
                await self.ask("guard", move)
                await self.ask("send", move)
            await workflow.wait_condition(lambda: self.quiet)
        workflow.upsert_search_attributes([])

    async def ask(self, activity, about):
        return await workflow.execute_activity(activity, about)
"""


def test_the_workflows_give_the_commands_that_running_cases_know() -> None:
    changed = changes(BASELINE.read_text(encoding="utf-8"), of_today())
    assert not changed, f"\n{changed}\n{TEACHING}"


def test_commands_are_read_in_order_through_helpers_and_base_classes() -> None:
    assert commands_of([BEFORE]).splitlines() == [
        "Case, run",
        "    execute_activity decide",
        "    while",
        "        wait_condition with timeout",
        "        if",
        "            execute_activity guard",
        "            execute_activity send",
        "    upsert_search_attributes",
        "Case, signal payment_registered",
        "Case, update release",
        "    execute_local_activity record_release",
    ]


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        pytest.param('self.ask("guard", move)', 'self.ask("check", move)', ["guard", "check"], id="another activity"),
        pytest.param("workflow.execute_activity(", "workflow.execute_local_activity(", ["local"], id="another kind"),
        pytest.param("self.told, timeout=move.at", "self.told", ["wait_condition"], id="a timer less"),
        pytest.param("lambda: self.quiet", "lambda: self.quiet, timeout=1", ["wait_condition"], id="a timer more"),
        pytest.param(
            "        workflow.upsert",
            "        await asyncio.sleep(1)\n        workflow.upsert",
            ["sleep"],
            id="a sleep",
        ),
        pytest.param('if move.kind == "send":', "while move.at:", ["if", "while"], id="a loop"),
        pytest.param("move = await self.ask", "if case.new: move = await self.ask", ["if"], id="a condition"),
        pytest.param('name="payment_registered"', 'name="paid"', ["signal payment_registered"], id="a signal renamed"),
        pytest.param('@workflow.signal(name="payment_registered")', "", ["payment_registered"], id="a signal less"),
        pytest.param('name="release"', 'name="let_go"', ["update release"], id="an update renamed"),
        pytest.param('"record_release", release', '"note", release', ["record_release", "note"], id="in a handler"),
        pytest.param('name="Case"', 'name="Claim"', ["Case, run", "Claim, run"], id="another name"),
        pytest.param('await self.ask("send", move)', "workflow.continue_as_new()", ["continue_as_new"], id="a new run"),
    ],
)
def test_what_a_running_case_would_stumble_over_is_noticed_and_shown(old: str, new: str, lines: list[str]) -> None:
    shown = changes(commands_of([BEFORE]), commands_of([changed(old, new)]))
    assert [line for line in lines if line not in shown] == []


def test_activities_in_another_order_are_noticed() -> None:
    guard, send = 'self.ask("guard", move)', 'self.ask("send", move)'
    swapped = changed(guard, "self.later()").replace(send, guard).replace("self.later()", send)
    shown = changes(commands_of([BEFORE]), commands_of([swapped])).splitlines()
    assert shown[6:9] == [
        "+            execute_activity send",
        "             execute_activity guard",
        "-            execute_activity send",
    ]


def test_a_patch_is_shown_beside_the_old_way() -> None:
    old = '                await self.ask("guard", move)\n'
    new = f'                if workflow.patched("look-twice"):\n                    await self.ask("look", move)\n{old}'
    shown = changes(commands_of([BEFORE]), commands_of([changed(old, new)])).splitlines()
    assert [line for line in shown if line.startswith("+ ")] == [
        "+            patched look-twice",
        "+            if",
        "+                execute_activity look",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("        while move", "        # a word on why\n        while move", id="a comment"),
        pytest.param("move", "step", id="a local variable"),
        pytest.param("ask(", "inquire(", id="the name of a helper"),
        pytest.param("timeout=move.at", "timeout=move.at + GRACE", id="the length of a timer"),
        pytest.param("activity, about)", 'activity, about, summary="asks")', id="words and arguments"),
        pytest.param(
            "    async def ask",
            '    @workflow.signal(name="delivered")\n    def delivered(self, news): ...\n\n    async def ask',
            id="a signal more",
        ),
    ],
)
def test_what_no_running_case_would_notice_is_let_through(old: str, new: str) -> None:
    assert changes(commands_of([BEFORE]), commands_of([changed(old, new)])) == ""


def test_a_part_that_moves_into_a_helper_or_another_file_changes_nothing() -> None:
    ear, case = BEFORE.split("@workflow.defn")
    moved = case.replace('await self.ask("guard", move)', "await self.careful(move)")
    moved += '\n    async def careful(self, move):\n        await self.ask("guard", move)\n'
    assert changes(commands_of([BEFORE]), commands_of(["@workflow.defn" + moved, ear])) == ""


def changed(old: str, new: str) -> str:
    assert old in BEFORE, "or this would change nothing"
    return BEFORE.replace(old, new)
