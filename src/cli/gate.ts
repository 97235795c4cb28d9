/** `hemostat gate`: may this commit go on? Leaks and supply chain in one verdict. */
import { type Command, InvalidArgumentError } from 'commander';
import { EXIT_CODES, guardCommand, list, type RawGuardOptions } from './guard-options.ts';

export interface RawGateOptions extends RawGuardOptions {
  readonly only?: readonly GatePart[];
  readonly skip?: readonly GatePart[];
  readonly image?: string;
  readonly out?: string;
  readonly writeBaseline?: boolean;
  readonly selfTest?: boolean;
}

const GATE_PARTS = ['review', 'deps', 'image', 'config', 'surface'] as const;
type GatePart = (typeof GATE_PARTS)[number];

export function command(): Command {
  return guardCommand(
    'gate',
    'Says whether a commit may go on: source, packages, image and configuration, one verdict.',
  )
    .argument('[dir]', 'the project (default: where .hemostat.yaml is, or here)')
    .option('--only <parts>', `only these parts, separated by commas: ${GATE_PARTS.join(', ')}`, parts)
    .option('--skip <parts>', 'not these parts; the report says so', parts)
    .option('--image <ref>', 'gate this image, too')
    .option('--out <dir>', 'write gate.json, gate.sarif and gate.md into this directory')
    .option('--baseline <file>', 'findings that are known there do not block (default: gate.baseline)')
    .option('--no-baseline', 'no baseline')
    .option('--write-baseline', 'write what is found now into the baseline; exits 0 unless something cannot be excused')
    .option('--self-test', 'prove that each part can fail: try known-bad input with these very settings')
    .addHelpText(
      'after',
      `
Without configuration it runs what there is something for: review where there is
Go, deps where there are lock files, config where there are manifests in
deploy/, k8s/, kubernetes/ or manifests/. The report says what ran and what did not.

Examples:
  hemostat gate
  hemostat gate --out report --markdown "$GITHUB_STEP_SUMMARY"
  hemostat gate --only deps                       before npm ci
  hemostat gate --image registry.example/shop@sha256:…
  hemostat gate --baseline .hemostat-baseline.json --write-baseline
  hemostat gate --self-test

${EXIT_CODES}`,
    )
    .action(async (dir: string | undefined, raw: RawGateOptions) => {
      const { run } = await import('./gate-run.ts');
      process.exitCode = await run(dir, raw);
    });
}

function parts(value: string, before: readonly GatePart[] = []): GatePart[] {
  const known = list(value).map((word) => {
    const part = GATE_PARTS.find((name) => name === word);
    if (part === undefined)
      throw new InvalidArgumentError(`There is no part ${word}; there are ${GATE_PARTS.join(', ')}.`);
    return part;
  });
  return [...before, ...known];
}
