"""ListRules: NamePrefix.

AWS takes NamePrefix as plain text (API reference of ListRules). moto takes it as a regular expression, in which a dot
of a cluster's name matches any letter. It would list rules of another cluster, and kOps would delete them.

Upstreamable: compare with `startswith` in `EventsBackend.list_rules`.
"""

import re
from typing import Any

from moto.events.models import EventsBackend

from .patching import around


@around(EventsBackend, "list_rules")
def _list_rules(original: Any, self: EventsBackend, prefix: str | None = None, **rest: Any) -> Any:
    return original(self, prefix=re.escape(prefix) if prefix is not None else None, **rest)
