import type { Issue } from "../config/problems.ts";

/** Ways to AWS services that do not lead over the internet. */
export interface EndpointsRequest {
  /** Gateway endpoint for DynamoDB, free of charge as the one for S3, which is always made. @default false */
  dynamodb?: boolean | undefined;
  /**
   * Services by the short name of their interface endpoint, such as `ecr.api`, `ecr.dkr`, `sts` or `ec2`. Each has an
   * address in every zone and takes over the service's public name inside the VPC. About USD 9 a month for each service
   * and zone in ap-southeast-2, plus data. Adding and removing one interrupts nobody but those who talk to that service
   * just then.
   * @default none
   */
  interfaces?: readonly string[] | undefined;
}

/**
 * Services with a gateway endpoint: an interface endpoint of theirs costs money and does nothing more inside the VPC.
 */
const gatewayServices = ["s3", "dynamodb"];

export function endpointProblems({ interfaces = [] }: EndpointsRequest): Issue[] {
  return interfaces.flatMap((service, index): Issue[] => {
    const path = ["endpoints", "interfaces", index];
    if (!/^[a-z0-9]+([.-][a-z0-9]+)*$/.test(service) || service.includes("amazonaws")) {
      return [
        {
          path,
          message: `"${service}" is no short name of a service, such as ecr.api (without com.amazonaws and the region)`,
        },
      ];
    }
    if (interfaces.indexOf(service) !== index) return [{ path, message: `${service} is listed twice` }];
    if (gatewayServices.includes(service)) {
      const instead = service === "s3" ? "is always there" : "is made by endpoints.dynamodb: true";
      return [{ path, message: `${service} needs no interface endpoint: its gateway endpoint is free and ${instead}` }];
    }
    return [];
  });
}
