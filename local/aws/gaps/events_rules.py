"""ListRules: AWS takes NamePrefix for what it is, a text.

moto makes a regular expression of it, in which the dots of a cluster's name stand for any letter: rules of another
cluster would be listed, and deleted by kOps, that AWS does not show.
"""

import re
from typing import Any

from moto.events.models import EventsBackend

from .patching import around


@around(EventsBackend, "list_rules")
def _list_rules(original: Any, self: EventsBackend, prefix: str | None = None, **rest: Any) -> Any:
    return original(self, prefix=re.escape(prefix) if prefix is not None else None, **rest)
