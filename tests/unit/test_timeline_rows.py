"""A workflow's history as rows of the timeline."""

from __future__ import annotations

from local.console.timeline import workflow_rows

AT = "2026-11-30T12:00:0{}.000000Z"


def test_each_event_stands_where_it_happened_and_an_activity_says_how_long_it_took() -> None:
    history = [
        {"EventType": "ExecutionStarted", "Timestamp": AT.format(0), "FunctionName": "checkout_v4"},
        {"EventType": "TimerCreated", "Timestamp": AT.format(0), "FireAt": AT.format(2)},
        {"EventType": "TimerFired", "Timestamp": AT.format(0), "FireAt": AT.format(2)},
        {"EventType": "EventRaised", "Timestamp": AT.format(1), "Name": "wake"},
        {
            "EventType": "TaskCompleted",
            "Timestamp": AT.format(4),
            "ScheduledTime": AT.format(3),
            "FunctionName": "place_order",
        },
        {
            "EventType": "TaskFailed",
            "Timestamp": AT.format(5),
            "ScheduledTime": AT.format(4),
            "FunctionName": "take_payment",
        },
        {"EventType": "TaskScheduled", "Timestamp": AT.format(6), "FunctionName": "expire"},
        {"EventType": "ExecutionCompleted", "Timestamp": AT.format(7), "OrchestrationStatus": "Failed"},
        {"EventType": "OfTomorrow", "Timestamp": AT.format(8)},
    ]
    rows = workflow_rows({"historyEvents": history})
    began = rows[0]["at"]
    assert [(row["at"] - began, row["title"], row.get("ms"), row["failed"]) for row in rows] == [
        (0, "begins checkout_v4", None, False),
        (0, "waits", None, False),
        (2, "waited", None, False),
        (1, "hears wake", None, False),
        (3, "activity place_order", 1000, False),
        (4, "activity take_payment", 1000, True),
        (6, "activity expire", None, False),
        (7, "ends Failed", None, True),
        (8, "OfTomorrow", None, False),
    ]
    assert workflow_rows({}) == []
