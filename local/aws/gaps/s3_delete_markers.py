"""DeleteObjects of the last delete markers of a key.

AWS deletes a delete marker by its version id, like any version. moto forgets the key and then frees the memory of each
of its versions, which fails for a delete marker.

Upstreamable: give `FakeDeleteMarker` a `dispose` that does nothing.
"""

from moto.s3.models import FakeDeleteMarker


def _dispose(self: FakeDeleteMarker, garbage: bool = False) -> None:
    """A delete marker holds nothing."""


FakeDeleteMarker.dispose = _dispose  # type: ignore[attr-defined]
