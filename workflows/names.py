"""The names by which workflows and activities know each other, and the queue on which they meet."""

from __future__ import annotations

from temporalio.common import SearchAttributeKey

TASK_QUEUE = "rykker"

CASE_STATE = SearchAttributeKey.for_keyword("CaseState")
NEXT_STEP = SearchAttributeKey.for_keyword("NextStep")
NEXT_ACTION_AT = SearchAttributeKey.for_datetime("NextActionAt")
CREDITOR = SearchAttributeKey.for_keyword("Creditor")
SEARCH_ATTRIBUTES = (CASE_STATE, NEXT_STEP, NEXT_ACTION_AT, CREDITOR)


def case_workflow_id(creditor: str, customer_number: str) -> str:
    """One workflow per creditor and customer."""
    return f"case/{creditor}/{customer_number}"
