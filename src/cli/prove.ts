/** `hemostat prove DUMP`: which goroutines of a heap dump can never run again, and what they hold. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { Command, Option } from 'commander';
import type { Verdict } from '../findings/model.ts';
import { EXIT } from './exit.ts';
import { saveReport } from './save-report.ts';

interface ProveOptions {
  readonly binary?: string;
  readonly partial?: boolean;
  readonly json?: boolean;
  readonly sarif?: boolean;
  readonly html?: string;
  readonly failOn: Verdict | 'never';
}

export function command(): Command {
  return new Command('prove')
    .description('Proves from a heap dump which goroutines can never run again, and what they hold.')
    .argument('<dump>', 'file that runtime/debug.WriteHeapDump or the probe wrote')
    .option('-b, --binary <exe>', 'the executable that wrote the dump: names, lines, and a sharper proof')
    .option('--partial', 'take what is there of a dump that was cut short')
    .option('--json', 'print JSON (docs/schema/proof.schema.json)')
    .addOption(new Option('--sarif', 'print SARIF 2.1.0, for code scanning').conflicts('json'))
    .option('--html <file>', 'write a page, too, that opens from disk: who holds what, pools, channels')
    .addOption(
      new Option('--fail-on <verdict>', 'exit 1 from this verdict on')
        .choices(['proven', 'confirmed', 'suspected', 'never'])
        .default('confirmed'),
    )
    .addHelpText(
      'after',
      `
A dump holds all data of the process, secrets included: keep it as you keep those.

Examples:
  hemostat prove heap.dump --binary ./service
  hemostat prove heap.dump --json | jq '.goroutines, .findings[0].title'`,
    )
    .action(async (dump: string, options: ProveOptions) => {
      process.exitCode = await run(dump, options);
    });
}

async function run(path: string, options: ProveOptions): Promise<number> {
  const { loadDump } = await import('./load-dump.ts');
  const { analyseDump } = await import('../diagnose/heap/analyse.ts');
  const { proofDiagnosis, writeProofJson } = await import('./prove-output.ts');
  if (options.html !== undefined) {
    const { checkReport } = await import('../watch/report/write.ts');
    const { HOME } = await import('./version.ts');
    await checkReport(HOME, options.html);
  }
  const steps = slowSteps();
  const loaded = loadDump(path, options, steps.show);
  try {
    const report = await analyseDump(loaded.dump, {
      executable: loaded.executable,
      capture: path,
      onStep: steps.show,
    });
    steps.clear();
    const diagnosis = proofDiagnosis(report, path);
    if (options.html !== undefined) {
      const { proofReport } = await import('../watch/report/proof-report.ts');
      await saveReport(options.html, proofReport(report, basename(path), statSync(path).mtimeMs));
    }
    if (options.json === true) {
      process.stdout.write(writeProofJson(report, diagnosis));
    } else if (options.sarif === true) {
      const { writeSarif } = await import('../findings/sarif.ts');
      const { version } = await import('./version.ts');
      process.stdout.write(writeSarif(diagnosis, version()));
    } else {
      const { writeText } = await import('../findings/text.ts');
      const { terminal } = await import('./terminal.ts');
      process.stdout.write(writeText(diagnosis, terminal()));
    }
    if (options.failOn === 'never') return EXIT.ok;
    const { exceeds } = await import('../findings/gate.ts');
    return exceeds(diagnosis, options.failOn) ? EXIT.findings : EXIT.ok;
  } finally {
    steps.clear();
    loaded.close();
  }
}

/** Milliseconds before which nobody wonders. */
const PATIENCE = 2000;

/** Says on stderr what is being done, from two seconds on and only on a terminal. */
export function slowSteps(): { show: (step: string) => void; clear: () => void } {
  const start = performance.now();
  let shown = false;
  return {
    show(step) {
      if (process.stderr.isTTY !== true || performance.now() - start < PATIENCE) return;
      process.stderr.write(`\r\x1b[Khemostat: ${step} …`);
      shown = true;
    },
    clear() {
      if (shown) process.stderr.write('\r\x1b[K');
      shown = false;
    },
  };
}
