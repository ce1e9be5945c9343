"""Caches constant results that moto otherwise computes at every request, about a quarter of its time.

Importing the file applies the caches.
"""

import functools
from typing import Any

from botocore.utils import parse_to_aware_datetime
from moto import backends
from moto.core import responses, serialize
from moto.core.utils import MISSING, get_value
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

MODULES = frozenset(backends.list_of_moto_modules())
MOST_HOSTS = 1024
MOST_TIMES = 4096

_names: dict[tuple[Any, ...], tuple[str, ...]] = {}
_ends: dict[tuple[int, int, str], str | None] = {}
_work_out_names = serialize.XFormedAttributePicker.get_possible_keys


def _names_in_objects(picker: serialize.XFormedAttributePicker, context: Any) -> tuple[str, ...]:
    """The names under which objects of a class may have a member of an answer."""
    if picker.alias_providers is not serialize.DEFAULT_ALIAS_PROVIDERS:
        return tuple(_work_out_names(picker, context))
    member = (context.key, context.shape, context.obj.__class__)
    if member not in _names:
        _names[member] = tuple(dict.fromkeys(_work_out_names(picker, context)))
    return _names[member]


def _pick(picker: serialize.XFormedAttributePicker, context: Any) -> Any:
    """A member of an answer, under the first name that its object has. Looks up the transformer of a path once."""
    found = (get_value(context.obj, name, MISSING) for name in picker.get_possible_keys(context))
    value = next((value for value in found if value is not MISSING), None)
    transformers, path = picker.response_transformers, f"{context.key_path}.{context.key}"
    if not transformers:
        return value
    # One dictionary per service for the life of the process. Requests add entries and replace them.
    known = (id(transformers), len(transformers), path)
    if known not in _ends:
        _ends[known] = next((end for end in transformers if path.endswith(end)), None)
    end = _ends[known]
    return value if end is None else transformers[end](value)


# Reads each folder of its package.
backends.list_of_moto_modules = lambda: MODULES
# Lists all members of a class that has a thousand.
responses.method_names_from_class = functools.cache(responses.method_names_from_class)
# Tries one pattern per service.
DomainDispatcherApplication.get_backend_for_host = functools.lru_cache(MOST_HOSTS)(  # type: ignore[method-assign]
    DomainDispatcherApplication.get_backend_for_host
)
# Parses each time of each object in a list.
serialize.parse_to_aware_datetime = functools.lru_cache(MOST_TIMES)(parse_to_aware_datetime)
# Asks six classes for aliases.
serialize.XFormedAttributePicker.get_possible_keys = _names_in_objects  # type: ignore[method-assign, assignment]
# Looks through all transformers of a service.
serialize.XFormedAttributePicker.__call__ = _pick  # type: ignore[method-assign]
