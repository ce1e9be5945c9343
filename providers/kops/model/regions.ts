/** A name of a region, in all partitions of AWS: ap-southeast-2, us-gov-west-1, eusc-de-east-1. */
export const regionName = /^[a-z]{2,4}(-[a-z]+)+-\d$/;

/** A full name of an availability zone. */
export const availabilityZoneName = /^[a-z]{2,4}(-[a-z]+)+-\d[a-z]$/;
