"""Filters of the Describe calls of EC2, on what has several values: tag keys, security groups.

AWS joins the values of one filter with OR: a resource is shown when one of its values is one of the filter's (reference of
Filter: "If you specify multiple values for a filter, the values are joined with an OR"). moto shows it only when all of
its values are in the filter, or all of the filter's in it.
"""

import fnmatch
from typing import Any

from moto.ec2 import utils

from .patching import around


@around(utils, "is_filter_matching")
def _is_filter_matching(original: Any, obj: Any, _filter: str, filter_value: Any) -> bool:
    value = obj.get_filter_value(_filter)
    if isinstance(value, (list, set, tuple)) and isinstance(filter_value, list) and all(isinstance(one, str) for one in value):
        return any(fnmatch.fnmatchcase(one, pattern) for one in value for pattern in filter_value)
    return original(obj, _filter, filter_value)
