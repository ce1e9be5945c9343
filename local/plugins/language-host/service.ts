import type { handleUnaryCall, ServerUnaryCall } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { messageOf } from "../../../providers/kops/model/errors.ts";
import { runtimeOptions } from "./options.ts";
import { programDependencies, requiredPlugins } from "./packages.ts";
import type { ProgramRun } from "./program.ts";
import { runProgram } from "./program.ts";

export interface HostOptions {
  /** Address of the engine. */
  readonly engine: string;
  readonly version: string;
  /** Ends every running program. */
  readonly stopped: AbortController;
}

/** Answers the engine's calls to a language host, for programs that run in node. */
export function languageRuntime(host: HostOptions): ILanguageRuntimeServer {
  let engine = host.engine;

  return {
    handshake: unary((request: language.LanguageHandshakeRequest) => {
      engine = request.getEngineAddress() || engine;
      return new language.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => {
      const info = new plugin.PluginInfo();
      info.setVersion(host.version);
      return info;
    }),
    getRequiredPackages: unary(async (request: language.GetRequiredPackagesRequest) => {
      const plugins = await requiredPlugins(programDirectory(request.getInfo()));
      const response = new language.GetRequiredPackagesResponse();
      response.setPackagesList(plugins.map((wanted) => describe(new plugin.PackageDependency(), wanted)));
      return response;
    }),
    getRequiredPlugins: unary(async (request: language.GetRequiredPluginsRequest) => {
      const plugins = await requiredPlugins(programDirectory(request.getInfo()));
      const response = new language.GetRequiredPluginsResponse();
      response.setPluginsList(plugins.map((wanted) => describe(new plugin.PluginDependency(), wanted)));
      return response;
    }),
    getProgramDependencies: unary(async (request: language.GetProgramDependenciesRequest) => {
      const found = await programDependencies(programDirectory(request.getInfo()));
      const response = new language.GetProgramDependenciesResponse();
      response.setDependenciesList(
        found.map(({ name, version }) => {
          const dependency = new language.DependencyInfo();
          dependency.setName(name);
          dependency.setVersion(version);
          return dependency;
        }),
      );
      return response;
    }),
    about: unary(() => {
      const response = new language.AboutResponse();
      response.setExecutable(process.execPath);
      response.setVersion(process.version);
      return response;
    }),
    run: unary(async (request: language.RunRequest, call) => {
      const broken = new AbortController();
      call.on("cancelled", () => {
        broken.abort();
      });
      const end = await runProgram(programRun(engine, request), AbortSignal.any([broken.signal, host.stopped.signal]));
      const response = new language.RunResponse();
      if (end.bail) response.setBail(true);
      else response.setError(end.error);
      return response;
    }),
    cancel: unary(() => {
      host.stopped.abort();
      return new empty.Empty();
    }),
    runtimeOptionsPrompts: unary(() => new language.RuntimeOptionsResponse()),
    template: unary(() => new language.TemplateResponse()),
    installDependencies: refuseStream("run `npm ci` instead"),
    runPlugin: refuseStream("plugins written in TypeScript are not run here"),
    generateProgram: refuse("it does not generate code"),
    generateProject: refuse("it does not generate code"),
    generatePackage: refuse("it does not generate code"),
    pack: refuse("it does not pack SDKs"),
    link: refuse("it does not link SDKs"),
  };
}

function describe<T extends plugin.PackageDependency | plugin.PluginDependency>(
  message: T,
  wanted: { name: string; version: string; server: string },
): T {
  message.setName(wanted.name);
  message.setKind("resource");
  message.setVersion(wanted.version);
  message.setServer(wanted.server);
  return message;
}

function programDirectory(info: language.ProgramInfo | undefined): string {
  if (!info) throw new Error("The engine did not say where the program is.");
  return info.getProgramDirectory();
}

function programRun(engine: string, request: language.RunRequest): ProgramRun {
  const info = request.getInfo();
  if (!info) throw new Error("The engine did not say where the program is.");
  const config: Record<string, string> = {};
  request.getConfigMap().forEach((value: string, key: string) => {
    config[key] = value;
  });
  return {
    engine,
    monitor: request.getMonitorAddress(),
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    rootDirectory: info.getRootDirectory(),
    programDirectory: info.getProgramDirectory(),
    entryPoint: info.getEntryPoint(),
    args: request.getArgsList(),
    config,
    secretKeys: request.getConfigsecretkeysList(),
    dryRun: request.getDryrun(),
    parallel: request.getParallel(),
    options: runtimeOptions(info.getOptions()?.toJavaScript() ?? {}),
  };
}

function unary<Request, Response>(
  answer: (request: Request, call: ServerUnaryCall<Request, Response>) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, respond) => {
    // An error in a handler is the answer to the call; it must not end the host.
    Promise.resolve()
      .then(() => answer(call.request, call))
      .then(
        (response) => {
          respond(null, response);
        },
        (error: unknown) => {
          respond({ code: status.UNKNOWN, details: messageOf(error) });
        },
      );
  };
}

function refusal(why: string): { code: status; details: string } {
  return {
    code: status.UNIMPLEMENTED,
    details: `The local cloud's language host does not support this call: ${why}.`,
  };
}

function refuse(why: string): (call: unknown, respond: (error: { code: status; details: string }) => void) => void {
  return (_call, respond) => {
    respond(refusal(why));
  };
}

function refuseStream(why: string): (call: { destroy: (error: Error) => unknown }) => void {
  return (call) => {
    call.destroy(Object.assign(new Error(refusal(why).details), refusal(why)));
  };
}
