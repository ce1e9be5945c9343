// The login of the program's own kubeconfigs: prints an ExecCredential for the request, JSON in the first argument.
// Pulumi's state names this file, so its path never changes.
try {
  await import("../../typescript.mjs");
  const { login } = await import("./kops-cli/login.ts");
  process.stdout.write(await login(JSON.parse(process.argv[2] ?? "{}"), process.env));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
