"""CreateVpcEndpoint, ModifyVpcEndpoint, DeleteVpcEndpoints: endpoints of type Gateway.

AWS creates a gateway endpoint if no type is given. It keeps the route to the endpoint in exactly the associated route
tables. It shows a deleted endpoint as deleted for a while, then no more (API reference of VpcEndpoint).

moto stores no type then, and cannot delete such an endpoint. It adds routes only on creation, so that deleting an
endpoint whose tables changed fails on a missing route. It shows deleted endpoints for ever.

Upstreamable: default the type to Gateway, add and remove routes in `modify`, and drop deleted endpoints.
"""

from typing import Any

from moto.ec2.exceptions import InvalidRouteError
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint

from .patching import around, instead_of


@around(VPCEndPoint, "__init__")
def _init(original: Any, self: VPCEndPoint, *args: Any, **kwargs: Any) -> None:
    original(self, *args, **kwargs)
    self.vpc_endpoint_type = self.vpc_endpoint_type or "Gateway"


@around(VPCEndPoint, "modify")
def _modify(original: Any, self: VPCEndPoint, *args: Any, **kwargs: Any) -> None:
    before = list(self.route_table_ids)
    original(self, *args, **kwargs)
    prefix_list = self.destination_prefix_list_id
    if not prefix_list:
        return
    for table in self.route_table_ids:
        if table not in before:
            self.ec2_backend.create_route(table, None, gateway_id=self.id, destination_prefix_list_id=prefix_list)
    for table in before:
        if table not in self.route_table_ids:
            _delete_route(self.ec2_backend, table, prefix_list)


@instead_of(VPCBackend, "delete_vpc_endpoints")
def _delete_vpc_endpoints(self: Any, vpce_ids: list[str] | None = None) -> None:
    for endpoint_id in vpce_ids or []:
        endpoint = self.vpc_end_points.pop(endpoint_id, None)
        if endpoint is None:
            continue
        for interface_id in endpoint.network_interface_ids:
            interface = self.enis.pop(interface_id, None)
            if interface is not None:
                interface.subnet.del_subnet_ip(interface.private_ip_address)
        if endpoint.destination_prefix_list_id:
            for table in endpoint.route_table_ids:
                _delete_route(self, table, endpoint.destination_prefix_list_id)


def _delete_route(backend: Any, table: str, prefix_list: str) -> None:
    try:
        backend.delete_route(table, prefix_list)
    except InvalidRouteError:
        # Somebody else removed it already.
        return
