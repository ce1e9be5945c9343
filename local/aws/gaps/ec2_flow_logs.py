"""CreateFlowLogs, DescribeFlowLogs.

AWS takes a log group by ARN (LogDestination) or by name and returns both. It reports FAILED for a flow log whose log
group or role cannot be used. It also takes a folder after the ARN of a bucket (API reference of CreateFlowLogs).

moto looks the log group up by the name, also if only the ARN is given, and takes bucket and folder together for the
name of a bucket.

Upstreamable: derive the log group's name from LogDestination, and cut the folder off before looking the bucket up.
"""

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.flow_logs import FlowLogs, FlowLogsBackend

from .patching import around


@around(FlowLogsBackend, "create_flow_logs")
def _create_flow_logs(
    original: Any,
    self: EC2Backend,
    resource_type: str,
    resource_ids: list[str],
    traffic_type: str,
    deliver_logs_permission_arn: str,
    log_destination_type: str,
    log_destination: str,
    log_group_name: str,
    *rest: Any,
    **named: Any,
) -> tuple[list[FlowLogs], list[Any]]:
    kind = log_destination_type or "cloud-watch-logs"
    looked_for = log_destination
    if kind == "cloud-watch-logs" and log_destination and not log_group_name:
        log_group_name = log_destination.removesuffix(":*").split(":log-group:", 1)[-1]
    elif kind == "s3" and log_destination:
        looked_for = log_destination.split("/", 1)[0]
    made, refused = original(
        self,
        resource_type,
        resource_ids,
        traffic_type,
        deliver_logs_permission_arn,
        log_destination_type,
        looked_for,
        log_group_name,
        *rest,
        **named,
    )
    for one in made:
        one.log_destination = log_destination
    return made, refused
