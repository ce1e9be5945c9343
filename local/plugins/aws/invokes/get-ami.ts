import { bool, text, texts } from "../shared/handler.ts";
import { arnOf, ec2Of, tagsOf } from "../resources/ec2/shared.ts";
import { withoutIgnored } from "../shared/tags.ts";
import { exactlyOne, filtersOf } from "./filters.ts";
import type { Invoke } from "./invoke.ts";

export const invoke: Invoke = async (context, args) => {
  const owners = texts(args, "owners");
  const users = texts(args, "executableUsers");
  const Filters = filtersOf(args);
  const { Images: images = [] } = await ec2Of(context).describeImages({
    ...(owners.length > 0 && { Owners: owners }),
    ...(users.length > 0 && { ExecutableUsers: users }),
    ...(Filters.length > 0 && { Filters }),
    ...(bool(args, "includeDeprecated") && { IncludeDeprecated: true }),
  });
  const pattern = text(args, "nameRegex");
  const named = pattern === undefined ? images : images.filter(({ Name }) => new RegExp(pattern).test(Name ?? ""));
  const newestFirst = named.toSorted(
    (one, other) => Date.parse(other.CreationDate ?? "") - Date.parse(one.CreationDate ?? ""),
  );
  const image = exactlyOne("machine image", bool(args, "mostRecent") ? newestFirst.slice(0, 1) : named);
  const id = image.ImageId ?? "";
  const root = image.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === image.RootDeviceName);
  return {
    ...args,
    architecture: image.Architecture,
    arn: arnOf(context, "", `image/${id}`),
    blockDeviceMappings: (image.BlockDeviceMappings ?? []).map(({ DeviceName, Ebs, NoDevice, VirtualName }) => ({
      deviceName: DeviceName,
      ebs: Object.fromEntries(
        Object.entries(Ebs ?? {}).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), String(value)]),
      ),
      noDevice: NoDevice ?? "",
      virtualName: VirtualName ?? "",
    })),
    bootMode: image.BootMode ?? "",
    creationDate: image.CreationDate ?? "",
    deprecationTime: image.DeprecationTime ?? "",
    description: image.Description ?? "",
    enaSupport: image.EnaSupport ?? false,
    hypervisor: image.Hypervisor ?? "",
    id,
    imageId: id,
    imageLocation: image.ImageLocation ?? "",
    imageOwnerAlias: image.ImageOwnerAlias ?? "",
    imageType: image.ImageType ?? "",
    imdsSupport: image.ImdsSupport ?? "",
    kernelId: image.KernelId ?? "",
    lastLaunchedTime: image.LastLaunchedTime ?? "",
    name: image.Name,
    ownerId: image.OwnerId,
    platform: image.Platform ?? "",
    platformDetails: image.PlatformDetails ?? "",
    productCodes: (image.ProductCodes ?? []).map(({ ProductCodeId, ProductCodeType }) => ({
      productCodeId: ProductCodeId,
      productCodeType: ProductCodeType,
    })),
    public: image.Public ?? false,
    ramdiskId: image.RamdiskId ?? "",
    region: context.region,
    rootDeviceName: image.RootDeviceName ?? "",
    rootDeviceType: image.RootDeviceType ?? "",
    rootSnapshotId: root?.Ebs?.SnapshotId ?? "",
    sriovNetSupport: image.SriovNetSupport ?? "",
    state: image.State,
    stateReason: { code: image.StateReason?.Code ?? "UNSET", message: image.StateReason?.Message ?? "UNSET" },
    tags: withoutIgnored({ ...tagsOf(image) }, context.tagSettings),
    tpmSupport: image.TpmSupport ?? "",
    usageOperation: image.UsageOperation ?? "",
    virtualizationType: image.VirtualizationType ?? "",
  };
};
