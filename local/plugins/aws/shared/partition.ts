export { dnsSuffixOf, partitionOf } from "../../../../providers/kops/aws/partition.ts";
