"""AuthorizeSecurityGroupIngress and -Egress: rules of protocols without ports.

AWS knows ports (or ICMP types) for TCP, UDP, ICMP and ICMPv6 only; with any other protocol, such as 4 (IP in IP, for
Calico), traffic on all ports is allowed, whatever ports the request names or leaves out (API reference of IpPermission:
"For all other protocols, specifying -1 or a protocol number ... allows traffic on all ports, regardless of any port range you
specify"). moto demands ports and fails without.
"""

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from .patching import around

WITH_PORTS = {"tcp", "6", "udp", "17", "icmp", "1", "icmpv6", "58"}


@around(SecurityGroupRule, "__init__")
def _init(
    original: Any, self: SecurityGroupRule, ec2_backend: Any, ip_protocol: str, group_id: str, from_port: Any, to_port: Any, *args: Any, **kwargs: Any
) -> None:
    has_ports = not ip_protocol or str(ip_protocol).lower() in WITH_PORTS
    original(self, ec2_backend, ip_protocol, group_id, from_port if has_ports else -1, to_port if has_ports else -1, *args, **kwargs)
    if not has_ports:
        self.from_port = self.to_port = None
