"""The control paths under `/__standin/`, by which another process sets faults, moves state and reads the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from pydantic import validate_call

from standins.exchange import Answer, Request, json_answer
from standins.faults import Fault, fault_from_json
from standins.journal import Entry

PREFIX = "/__standin/"


class Controlled(Protocol):
    """What the control paths need from a server."""

    def actions(self) -> Mapping[str, Callable[..., Any]]: ...

    def views(self) -> Mapping[str, Callable[[], Any]]: ...

    def hooks(self) -> Mapping[str, Callable[..., list[int]]]: ...

    def add_fault(self, fault: Fault) -> None: ...

    def journal(self) -> list[Entry]: ...

    def reset(self) -> None: ...


def controlled(server: Controlled, request: Request) -> Answer | None:
    """Answer a control request; None for a path that is none."""
    name = request.path.removeprefix(PREFIX)
    try:
        if request.method == "GET" and name == "journal":
            return json_answer(200, {"requests": [asdict(entry) for entry in server.journal()]})
        if request.method == "GET" and name in server.views():
            return json_answer(200, server.views()[name]())
        if request.method == "POST" and name in POSTS:
            return json_answer(200, POSTS[name](server, request.json() if request.body else {}))
    except (ValueError, TypeError, KeyError) as problem:
        return json_answer(400, {"error": str(problem)})
    return None


def _faults(server: Controlled, value: dict[str, Any]) -> dict[str, Any]:
    faults = [fault_from_json(one) for one in value["faults"]]
    for fault in faults:
        server.add_fault(fault)
    return {"added": len(faults)}


def _state(server: Controlled, value: dict[str, Any]) -> dict[str, Any]:
    """Each key names an action; an object becomes its keywords, a list repeats it."""
    actions = server.actions()
    unknown = value.keys() - actions.keys()
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(sorted(actions))}")
    for name, given in value.items():
        # Checks and converts: dates and amounts arrive as text, a misspelt keyword is refused.
        action = validate_call(actions[name])
        for one in given if isinstance(given, list) else [given]:
            if isinstance(one, dict):
                action(**one)
            else:
                action(one)
    return {"done": list(value)}


def _fire(server: Controlled, value: dict[str, Any]) -> dict[str, Any]:
    """Each key names what is posted to a hook, with its keywords; answered are the statuses that the hook gave."""
    known = server.hooks()
    unknown = value.keys() - known.keys()
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")
    return {"answers": {name: validate_call(known[name])(**given) for name, given in value.items()}}


def _reset(server: Controlled, _: dict[str, Any]) -> dict[str, Any]:
    server.reset()
    return {"reset": True}


POSTS: dict[str, Callable[[Controlled, dict[str, Any]], dict[str, Any]]] = {
    "faults": _faults,
    "state": _state,
    "fire": _fire,
    "reset": _reset,
}
