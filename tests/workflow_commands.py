"""The commands that each workflow gives the engine, in order, read from the source without running it.

`python -m tests.workflow_commands` writes them to tests/workflow_commands.txt; docs/changing-workflows.md says when.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

WORKFLOWS = Path(__file__).parent.parent / "workflows"
BASELINE = Path(__file__).with_suffix(".txt")
HEAD = "# Written by `python -m tests.workflow_commands`; docs/changing-workflows.md says when.\n"
CALLED = ("activity", "activity_class", "activity_method", "child_workflow")
LOCALLY = ("local_activity", "local_activity_class", "local_activity_method")
COMMANDS = {f"{how}_{what}" for how in ("execute", "start") for what in (*CALLED, *LOCALLY)} | {
    "sleep",
    "upsert_search_attributes",
    "upsert_memo",
    "continue_as_new",
    "patched",
    "deprecate_patch",
}
"""What of `temporalio.workflow` stands in the history, where a replay must meet it again."""
Function = ast.FunctionDef | ast.AsyncFunctionDef
Words = Mapping[str, str]
"""What the parameters of a helper hold, where its caller wrote it out."""


def of_today() -> str:
    """The commands of the workflows as they are now."""
    return HEAD + commands_of(file.read_text(encoding="utf-8") for file in sorted(WORKFLOWS.glob("*.py")))


def commands_of(sources: Iterable[str]) -> str:
    """One line per handler of each workflow, and indented under it one line per command."""
    nodes = [node for source in sources for node in ast.parse(source).body]
    classes = {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}
    functions = {node.name: node for node in nodes if isinstance(node, Function)}
    lines: list[str] = []
    for found in classes.values():
        for workflow in marks(found, "defn"):
            methods = methods_of(found, classes)
            reader = Reader({f"self.{name}": method for name, method in methods.items()} | functions)
            named = {mark: m for m in methods.values() for mark in marks(m, "run", "signal", "update", "query")}
            for handler, method in sorted(named.items()):
                lines += [f"{workflow.removeprefix('defn ')}, {handler}", *reader.block(method.body, {})]
    return "".join(f"{line}\n" for line in lines)


def marks(node: ast.ClassDef | Function, *wanted: str) -> Iterator[str]:
    """`signal payment_registered` for a handler, under the name by which others call it."""
    for decorator in node.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else ast.Call(decorator, [], [])
        if isinstance(call.func, ast.Attribute) and call.func.attr in wanted:
            given = [word(keyword.value, {}) for keyword in call.keywords if keyword.arg == "name"]
            name = given[0] if given else node.name
            yield call.func.attr if call.func.attr == "run" else f"{call.func.attr} {name}"


def methods_of(found: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> dict[str, Function]:
    """The methods of a class and of the classes that it builds on."""
    methods: dict[str, Function] = {}
    for base in reversed(found.bases):
        if isinstance(base, ast.Name) and base.id in classes:
            methods |= methods_of(classes[base.id], classes)
    return methods | {node.name: node for node in found.body if isinstance(node, Function)}


@dataclass(frozen=True)
class Reader:
    """Reads code in the order in which it runs, and goes into every helper that is called."""

    helpers: Mapping[str, Function]
    within: tuple[str, ...] = ()

    def block(self, body: Sequence[ast.AST], words: Words, under: str = "") -> list[str]:
        """The commands of some code, indented, below a word that says when they are given."""
        inner = [f"    {line}" for node in body for line in self.read(node, words)]
        return [under, *inner] if under and inner else inner

    def read(self, node: ast.AST, words: Words) -> Iterator[str]:
        match node:
            case ast.If():
                yield from self.branches(node, words, "if")
            case ast.While():
                yield from self.block([node.test, *node.body], words, "while")
            case ast.For():
                yield from self.read(node.iter, words)
                yield from self.block(node.body, words, "for")
            case ast.ExceptHandler():
                yield from self.block(node.body, words, "except")
            case ast.Call():
                for part in ast.iter_child_nodes(node):
                    yield from self.read(part, words)
                yield from self.called(node, words)
            case _:
                for part in ast.iter_child_nodes(node):
                    yield from self.read(part, words)

    def branches(self, node: ast.If, words: Words, under: str) -> Iterator[str]:
        yield from self.read(node.test, words)
        yield from self.block(node.body, words, under)
        match node.orelse:
            case [ast.If() as other]:
                yield from self.branches(other, words, "elif")
            case _:
                yield from self.block(node.orelse, words, "else")

    def called(self, call: ast.Call, words: Words) -> Iterator[str]:
        """The command that a call is, or the commands of the helper that it calls."""
        name = ast.unparse(call.func)
        room, _, command = name.rpartition(".")
        if helper := self.helpers.get(name):
            if name in self.within:
                yield f"again {name}"
                return
            parameters = [argument.arg for argument in helper.args.args if argument.arg != "self"]
            given = {parameter: word(value, words) for parameter, value in zip(parameters, call.args, strict=False)}
            inside = Reader(self.helpers, (*self.within, name))
            for node in helper.body:
                yield from inside.read(node, given)
        elif command == "wait_condition":
            # Without a time it starts no timer, and leaves nothing in the history.
            if any(argument.arg == "timeout" for argument in call.keywords):
                yield "wait_condition with timeout"
        elif (room == "workflow" and command in COMMANDS) or name == "asyncio.sleep":
            yield f"{command} {word(call.args[0], words) if call.args else ''}".strip()


def word(node: ast.AST, words: Words) -> str:
    """A text that is written out, here or by the caller of this helper; empty for anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return words.get(name, "")
    return ""


def changes(before: str, after: str) -> str:
    """A unified diff; empty when every handler of before is still there and gives the same commands."""
    then, now = by_handler(before), by_handler(after)
    if all(now.get(handler) == commands for handler, commands in then.items()):
        return ""
    return "\n".join(difflib.unified_diff(before.splitlines(), after.splitlines(), "recorded", "now", lineterm=""))


def by_handler(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith(" "):
            found[next(reversed(found))].append(line)
        elif not line.startswith("#"):
            found[line] = []
    return found


if __name__ == "__main__":
    BASELINE.write_text(of_today(), encoding="utf-8")
