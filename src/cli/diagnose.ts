/** `hemostat diagnose`: collect, then say what leaks. The main job in one command. */
import { Command, Option } from 'commander';
import type { HeapReport } from '../diagnose/heap/analyse.ts';
import type { Timeline } from '../evidence/timeline.ts';
import type { Verdict } from '../findings/model.ts';
import type { SourceReview } from '../findings/source-review.ts';
import { EXIT, UsageError } from './exit.ts';
import { saveReport } from './save-report.ts';
import { addTargetOptions, parseTargetOptions, type RawTargetOptions, targetWords } from './target-options.ts';

interface RawDiagnoseOptions extends RawTargetOptions {
  readonly json?: boolean;
  readonly sarif?: boolean;
  readonly source?: string;
  readonly html?: string;
  readonly failOn: Verdict | 'never';
}

export function command(): Command {
  const diagnose = new Command('diagnose').description('Watches a service for a while and says what leaks, and where.');
  addTargetOptions(diagnose)
    .option('-o, --out <dir>', 'keep the bundle here, to diagnose again or attach to a ticket')
    .option('--source <dir>', 'review the source in this directory, too, and say what explains the findings')
    .option('--json', 'print JSON (docs/schema/diagnosis.schema.json)')
    .addOption(new Option('--sarif', 'print SARIF 2.1.0, for code scanning').conflicts('json'))
    .option('--html <file>', 'write a page, too, that opens from disk: flame graphs, goroutines, the heap over time')
    .addOption(
      new Option('--fail-on <verdict>', 'exit 1 from this verdict on')
        .choices(['proven', 'confirmed', 'suspected', 'never'])
        .default('confirmed'),
    )
    .action(async (_words: readonly string[], options: RawDiagnoseOptions) => {
      process.exitCode = await run(targetWords(diagnose), options);
    });
  return diagnose;
}

async function run(words: readonly string[], raw: RawDiagnoseOptions): Promise<number> {
  const options = parseTargetOptions(raw);
  if (raw.source !== undefined) {
    // Asked before the window begins: nobody should wait five minutes to learn of a typing error.
    const { objectionTo } = await import('../review/service.ts');
    const objection = objectionTo(raw.source, `--source ${raw.source}`);
    if (objection !== null) throw new UsageError(objection);
  }
  if (raw.html !== undefined) {
    const { checkReport } = await import('../watch/report/write.ts');
    const { HOME } = await import('./version.ts');
    await checkReport(HOME, raw.html);
  }
  const { resolveTarget } = await import('../collect/resolve.ts');
  const { collect } = await import('../collect/collect.ts');
  const { catchInterrupt } = await import('../collect/interrupt.ts');
  const { progressLine } = await import('../collect/progress.ts');
  const target = await resolveTarget(words);
  const progress = progressLine();
  const interrupt = catchInterrupt(() =>
    progress.say('ending the window here; diagnosing what was collected (Ctrl-C again to leave)'),
  );
  try {
    const { dir, temporary } = await collect(target, options, {
      onProgress: progress.show,
      onNote: progress.say,
      signal: interrupt.signal,
    });
    progress.clear();
    try {
      return await report(dir, raw);
    } finally {
      const { rm } = await import('node:fs/promises');
      if (temporary) await rm(dir, { recursive: true, force: true });
      else if (target.kind !== 'bundle')
        progress.say(`bundle kept in ${dir}; hemostat diagnose ${dir} says the same again`);
    }
  } finally {
    progress.clear();
    interrupt.dispose();
  }
}

/** What the bundle's heap dump says, or null. A dump that cannot be read does not take the rest of the answer with it. */
async function heapReport(
  dir: string,
  timeline: Timeline,
): Promise<{ heap: HeapReport | null; note: string | null; close: () => void }> {
  const close = (): void => {};
  if (timeline.heapDump === undefined) return { heap: null, note: null, close };
  const { join } = await import('node:path');
  const { dump: file, executable: exe } = timeline.heapDump;
  const { openExecutable } = await import('../evidence/binary/executable.ts');
  const { readHeapDump } = await import('../evidence/heapdump/read.ts');
  const { analyseDump } = await import('../diagnose/heap/analyse.ts');
  try {
    const dump = readHeapDump(join(dir, file));
    const executable = exe === null ? null : openExecutable(join(dir, exe));
    const subject = { service: timeline.service, instance: timeline.instance };
    const heap = await analyseDump(dump, { capture: file, subject, executable, retained: 0 });
    // Names and stacks are read when they are asked for.
    return {
      heap,
      note: null,
      close: () => {
        dump.close();
        executable?.close();
      },
    };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'EvidenceError') throw error;
    return { heap: null, close, note: `The heap dump is left out: ${error.message}.` };
  }
}

async function sourceReview(dir: string): Promise<SourceReview> {
  const { reviewService } = await import('../review/service.ts');
  return await reviewService(dir);
}

/** From the bundle to the answer; the same for a live run and for an old bundle. */
async function report(dir: string, raw: RawDiagnoseOptions): Promise<number> {
  const { readTimeline } = await import('../collect/bundle.ts');
  const { crossSentence, diagnose } = await import('../diagnose/diagnose.ts');
  const { exceeds } = await import('../findings/gate.ts');
  const timeline = await readTimeline(dir);
  const { heap, note, close } = await heapReport(dir, timeline);
  const told = note === null ? timeline : { ...timeline, notes: [...timeline.notes, note] };
  const diagnosis = diagnose(told, heap, raw.source === undefined ? null : await sourceReview(raw.source));
  if (raw.html !== undefined) {
    const { diagnosisReport } = await import('../watch/report/diagnosis-report.ts');
    const source = raw.source ?? null;
    await saveReport(raw.html, await diagnosisReport({ timeline: told, diagnosis, heap, source }));
  }
  close();
  if (raw.verbose) {
    const { readManifest } = await import('../collect/manifest.ts');
    const { describeCaptures } = await import('../collect/cost.ts');
    process.stderr.write(describeCaptures(readManifest(dir), dir, true));
    process.stderr.write(`\nsignals: ${crossSentence(timeline)}\n\n`);
  }
  if (raw.json) {
    const { writeJson } = await import('../findings/json.ts');
    process.stdout.write(writeJson(diagnosis));
  } else if (raw.sarif) {
    const { writeSarif } = await import('../findings/sarif.ts');
    const { version } = await import('./version.ts');
    process.stdout.write(writeSarif(diagnosis, version()));
  } else {
    const { writeText } = await import('../findings/text.ts');
    const { terminal } = await import('./terminal.ts');
    process.stdout.write(writeText(diagnosis, terminal()));
  }
  if (raw.failOn === 'never') return EXIT.ok;
  return exceeds(diagnosis, raw.failOn) ? EXIT.findings : EXIT.ok;
}
