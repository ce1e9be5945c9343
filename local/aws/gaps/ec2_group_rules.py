"""AuthorizeSecurityGroupIngress and AuthorizeSecurityGroupEgress: rules of protocols without ports.

AWS has ports (or ICMP types) for TCP, UDP, ICMP and ICMPv6 only. A rule of any other protocol, such as 4 (IP in IP, for
Calico), allows all ports (API reference of IpPermission: "specifying -1 or a protocol number ... allows traffic on all
ports, regardless of any port range you specify"). moto requires ports and fails without.

Upstreamable: require and keep ports in `SecurityGroupRule` for these four protocols only.
"""

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from .patching import around

WITH_PORTS = {"tcp", "6", "udp", "17", "icmp", "1", "icmpv6", "58"}


@around(SecurityGroupRule, "__init__")
def _init(
    original: Any,
    self: SecurityGroupRule,
    ec2_backend: Any,
    ip_protocol: str,
    group_id: str,
    from_port: Any,
    to_port: Any,
    *args: Any,
    **kwargs: Any,
) -> None:
    has_ports = not ip_protocol or str(ip_protocol).lower() in WITH_PORTS
    first, last = (from_port, to_port) if has_ports else (-1, -1)
    original(self, ec2_backend, ip_protocol, group_id, first, last, *args, **kwargs)
    if not has_ports:
        self.from_port = self.to_port = None
