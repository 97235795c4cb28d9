/** `hemostat guard …`: the supply chain and the configuration, a part at a time. `hemostat gate` runs them together. */
import { Command } from 'commander';

interface PartModule {
  /** The commander command with its options; loads nothing heavy before its action runs. */
  command(): Command;
}

/** Each in a file of its own, so that only the one that was asked for is loaded. */
const PARTS: Readonly<Record<string, () => Promise<PartModule>>> = {
  deps: () => import('./guard-deps.ts'),
  image: () => import('./guard-image.ts'),
  config: () => import('./guard-config.ts'),
  surface: () => import('./guard-surface.ts'),
  admit: () => import('./guard-admit.ts'),
  baseline: () => import('./guard-baseline.ts'),
  ioc: () => import('./guard-ioc.ts'),
  respond: () => import('./guard-respond.ts'),
};

/** `args`: what follows `guard`; help and typing errors need every part. */
export async function command(args: readonly string[]): Promise<Command> {
  const wanted = PARTS[args[0] ?? ''];
  const modules = await Promise.all((wanted === undefined ? Object.values(PARTS) : [wanted]).map((load) => load()));
  const guard = new Command('guard').description(
    'Checks what a service is built from and how it runs: packages, images, configuration, syscalls.',
  );
  for (const module of modules) guard.addCommand(module.command());
  return guard.addHelpText(
    'after',
    `
Examples:
  hemostat guard deps                  of every package of the lock files: does
                                       somebody vouch for exactly these bytes?
  hemostat guard image shop/api:v1 --report trivy.json --key cosign.pub
                                       may this digest go on?
  hemostat guard config deploy         what manifests allow and should not
  hemostat guard surface main/deploy deploy
                                       what is open that was not open before
  hemostat guard admit --config admit.yaml
                                       hold a cluster to what was signed and gated
  hemostat guard baseline check today.jsonl
                                       what a container asks of the kernel that it
                                       never did, or far more often
  hemostat guard ioc findings.json     rules for Falco and Kubernetes out of what
                                       was found
  hemostat guard respond list          who owes what by when for what was found

hemostat gate runs them together, as .hemostat.yaml says.`,
  );
}
