"""The pulse of an activity: a worker that was killed in the middle of one is noticed within half a minute."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from temporalio.worker import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

from activities.case_runs import CASE


class Pulse(Interceptor):
    """Beats for every activity of a case while it runs. Those of the sweeps beat at their own progress."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Beating(next)


class _Beating(ActivityInboundInterceptor):
    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        self._outbound = outbound
        super().init(outbound)

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = self._outbound.info()
        if info.is_local or info.workflow_type != CASE or info.heartbeat_timeout is None:
            return await super().execute_activity(input)
        beating = asyncio.create_task(self._beat(info.heartbeat_timeout / 3))
        try:
            return await super().execute_activity(input)
        finally:
            beating.cancel()

    async def _beat(self, pause: timedelta) -> None:
        """The first beat comes after a pause, so that a short activity costs none."""
        while True:
            await asyncio.sleep(pause.total_seconds())
            self._outbound.heartbeat()
