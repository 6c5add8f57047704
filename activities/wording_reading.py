"""Reads templates without rendering them, so that a mistake in a branch that no letter takes yet is found too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from jinja2 import meta, nodes

from activities.wording_sandbox import PLACEHOLDERS, WordingProblem, problem_of, sandbox, unknown_placeholder


def read_template(name: str, folders: Sequence[Path], seen: set[str] | None = None) -> Iterator[WordingProblem]:
    """Problems that can be seen in a template and in those it builds on."""
    seen = set() if seen is None else seen
    seen.add(name)
    environment = sandbox(tuple(folders), html=name.endswith(".html.j2"))
    try:
        source, _, _ = environment.loader.get_source(environment, name)  # type: ignore[union-attr]
        tree = environment.parse(source, name)
        undeclared = meta.find_undeclared_variables(tree)
    except Exception as error:
        yield problem_of(error, name, folders)
        return
    own = {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"}
    own |= {node.target for node in tree.find_all(nodes.Import)} | {node.name for node in tree.find_all(nodes.Macro)}
    own |= {
        part if isinstance(part, str) else part[1] for node in tree.find_all(nodes.FromImport) for part in node.names
    }
    for unknown in sorted(undeclared - own - set(PLACEHOLDERS)):
        lines = [node.lineno for node in tree.find_all(nodes.Name) if node.name == unknown]
        yield unknown_placeholder(unknown, name, min(lines, default=None))
    for switch in tree.find_all(nodes.EvalContextModifier):
        yield WordingProblem(file=name, line=switch.lineno, reason="escaping may not be switched off or on")
    for referenced in meta.find_referenced_templates(tree):
        if referenced is not None and referenced not in seen:
            yield from read_template(referenced, folders, seen)
