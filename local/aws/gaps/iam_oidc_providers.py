"""AddClientIDToOpenIDConnectProvider, RemoveClientIDFromOpenIDConnectProvider.

AWS adds and removes one audience at a time. Adding an existing one or removing a missing one changes nothing (API
reference of both). moto has neither action.

Upstreamable: add both actions to `IamResponse`, as here.
"""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.responses import IamResponse

from .patching import adds_to


@adds_to(IamResponse, "add_client_id_to_open_id_connect_provider")
def _add_client_id(self: Any) -> ActionResult:
    provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
    client = self._get_param("ClientID")
    if client not in provider.client_id_list:
        provider.client_id_list = [*provider.client_id_list, client]
    return EmptyResult()


@adds_to(IamResponse, "remove_client_id_from_open_id_connect_provider")
def _remove_client_id(self: Any) -> ActionResult:
    provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
    client = self._get_param("ClientID")
    provider.client_id_list = [known for known in provider.client_id_list if known != client]
    return EmptyResult()
