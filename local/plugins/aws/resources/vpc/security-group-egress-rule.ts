import { ruleHandler } from "./security-group-rule.ts";

export const handler = ruleHandler("Egress");
