"""Importing it lets moto remember what it otherwise works out again at each request, about a sixth of its time: none of it changes."""

import functools

from botocore.utils import parse_to_aware_datetime
from moto import backends
from moto.core import responses, serialize
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

MODULES = frozenset(backends.list_of_moto_modules())
MOST_HOSTS = 1024
MOST_TIMES = 4096

backends.list_of_moto_modules = lambda: MODULES  # looks at each folder of its package
responses.method_names_from_class = functools.cache(responses.method_names_from_class)  # lists all members of a class of a thousand
DomainDispatcherApplication.get_backend_for_host = functools.lru_cache(MOST_HOSTS)(  # type: ignore[method-assign]
    DomainDispatcherApplication.get_backend_for_host  # tries a pattern per service
)
serialize.parse_to_aware_datetime = functools.lru_cache(MOST_TIMES)(parse_to_aware_datetime)  # parses each time of each object in a list
