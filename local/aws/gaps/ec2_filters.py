"""Filters of EC2's Describe calls on attributes with several values, such as tag keys and security groups.

AWS shows a resource if one of its values matches one of the filter's values (API reference of Filter: "If you specify
multiple values for a filter, the values are joined with an OR"). moto shows it only if all its values match, or if it
has all values of the filter.

Upstreamable: in `is_filter_matching`, replace the subset test on lists by "any value matches any pattern".
"""

import fnmatch
from typing import Any

from moto.ec2 import utils

from .patching import around


@around(utils, "is_filter_matching")
def _is_filter_matching(original: Any, obj: Any, _filter: str, filter_value: Any) -> bool:
    value = obj.get_filter_value(_filter)
    several = isinstance(value, (list, set, tuple)) and isinstance(filter_value, list)
    if several and all(isinstance(one, str) for one in value):
        return any(fnmatch.fnmatchcase(one, pattern) for one in value for pattern in filter_value)
    return original(obj, _filter, filter_value)
