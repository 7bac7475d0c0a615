"""The table of webhooks that have been taken, shared by the three examples. SQLite here; any database with a primary key does."""

import os
import sqlite3
from contextlib import closing

PATH = os.environ.get("INBOX", "inbox.sqlite")


def open_inbox() -> sqlite3.Connection:
    inbox = sqlite3.connect(PATH)
    inbox.execute("CREATE TABLE IF NOT EXISTS webhook (id TEXT PRIMARY KEY, type TEXT, body BLOB)")
    return inbox


def take(webhook_id: str, event_type: str, body: bytes) -> bool:
    """Keeps a webhook; False when it has been here before. Do your own writes in the same transaction, or work from the table later."""
    with closing(open_inbox()) as inbox, inbox:
        added = inbox.execute(
            "INSERT INTO webhook (id, type, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (webhook_id, event_type, body)
        )
        return added.rowcount == 1
