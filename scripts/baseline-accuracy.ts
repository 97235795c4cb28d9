/**
 * How good are the bands of syscalls? Simulated containers with known truth (src/guard/baseline/simulate.testing.ts): false
 * alarms in their own future, and how soon anomalies that are put into it are found. Prints tables; --write puts them into
 * docs/accuracy.md.
 *
 *   node scripts/baseline-accuracy.ts [--containers 150] [--seed 700000] [--only KIND,KIND] [--write]
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { HELD_OUT, KINDS, type Kind } from '../src/guard/baseline/simulate.testing.ts';
import { SIZES, type Study, studyContainer } from '../src/guard/baseline/study.testing.ts';
import { poissonMeanBound } from '../src/stats/tails.ts';

const LEARN = [60, 360, 1440, 10_080] as const;
const LEARN_NAMES = ['1 h', '6 h', '24 h', '7 d'] as const;
const TEST_MINUTES = 2880;
/** Kinds of which load is known are also judged as if it were not. */
interface Row {
  readonly name: string;
  readonly kind: Kind;
  readonly load: boolean;
}
const ROWS = KINDS.flatMap((kind): Row[] =>
  kind === 'follows load'
    ? [
        { name: 'follows load, known', kind, load: true },
        { name: 'follows load, not known', kind, load: false },
      ]
    : [{ name: kind, kind, load: true }],
).concat(HELD_OUT.map((kind) => ({ name: `${kind} (held out)`, kind, load: true })));

interface Job {
  readonly row: number;
  readonly seeds: readonly number[];
}

if (isMainThread) await main();
else answer(workerData);

function answer(job: unknown): void {
  if (!isJob(job)) return;
  const row = ROWS[job.row];
  if (row === undefined) return;
  parentPort?.postMessage(job.seeds.map((seed) => studyContainer(row.kind, seed, LEARN, TEST_MINUTES, row.load)));
}

function isJob(value: unknown): value is Job {
  return typeof value === 'object' && value !== null && 'row' in value && 'seeds' in value;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      containers: { type: 'string', default: '150' },
      seed: { type: 'string', default: '700000' },
      only: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const containers = Number(values.containers);
  const only = values.only?.split(',');
  const began = performance.now();
  const jobs = ROWS.map((_, row) => row).filter((row) => only === undefined || only.includes(ROWS[row]?.name ?? ''));
  const results = new Map<number, Study[][]>();
  const next = async (): Promise<void> => {
    for (let row = jobs.shift(); row !== undefined; row = jobs.shift()) {
      const first = Number(values.seed) + row * 10_000;
      const seeds = Array.from({ length: containers }, (_, i) => first + i);
      results.set(row, await run({ row, seeds }));
      process.stderr.write(`${ROWS[row]?.name}: ${Math.round((performance.now() - began) / 1000)} s\n`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, cpus().length) }, next));
  const text = render(results, containers, Number(values.seed));
  process.stdout.write(text);
  if (values.write) writeDocument(text);
}

function run(job: Job): Promise<Study[][]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: job });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

function render(results: ReadonlyMap<number, Study[][]>, containers: number, seed: number): string {
  const rows = [...results].sort(([a], [b]) => a - b);
  const studies = (at: number): Study[] => rows.flatMap(([, all]) => all.map((one) => one[at]).filter(isStudy));
  const hours = (containers * TEST_MINUTES) / 60;
  const falseAlarms = (of: (study: Study) => number): string[] =>
    rows.map(([row, all]) => {
      const cells = LEARN.map((_, at) => perTenThousand(all.map((one) => one[at]).filter(isStudy), of));
      return `| ${ROWS[row]?.name} | ${cells.join(' | ')} |`;
    });
  const head = `| learned for | ${LEARN_NAMES.join(' | ')} |\n|---|${'---:|'.repeat(LEARN.length)}`;
  const detection = SIZES.map((size) => {
    const cells = LEARN.map((_, at) =>
      found(studies(at).flatMap((one) => one.injections.filter((i) => i.size === size))),
    );
    return `| × ${size} | ${cells.join(' | ')} |`;
  });
  const confirmed = SIZES.map((size) => {
    const cells = LEARN.map((_, at) => {
      const all = studies(at).flatMap((one) => one.injections.filter((i) => i.size === size));
      return percent(all.filter((one) => one.confirmed).length, all.length);
    });
    return `| × ${size} | ${cells.join(' | ')} |`;
  });
  const byKind = rows.map(([row, all]) => {
    const week = all.map((one) => one[LEARN.length - 1]).filter(isStudy);
    const cells = SIZES.map((size) => found(week.flatMap((one) => one.injections.filter((i) => i.size === size))));
    return `| ${ROWS[row]?.name} | ${cells.join(' | ')} |`;
  });
  const drift = LEARN.map((_, at) => driftOf(studies(at)));
  return [
    `${containers} containers of each kind with 30 syscalls, two days of each (${hours} container-hours a cell); seeds from ${seed}.`,
    '',
    '**False alerts**: `syscall-rate-anomaly`, `confirmed`, which is what `watch` tells and `check` blocks for, per 10,000 container-hours, with 95 % interval. What several syscalls do at the same time is one; the goal is 10:',
    '',
    head,
    ...falseAlarms((study) => study.rateConfirmed),
    '',
    'The same with what is only `suspected`, which is shown and not told:',
    '',
    head,
    ...falseAlarms((study) => study.rateEvents),
    '',
    'All of them, each syscall for itself, which is what they would be without episodes:',
    '',
    head,
    ...falseAlarms((study) => study.rateAlarms),
    '',
    'Syscalls that come for the first time (`syscall-never-seen`) though nothing is wrong, per 10,000 container-hours, all / `confirmed`:',
    '',
    head,
    ...rows.map(([row, all]) => {
      const cells = LEARN.map((_, at) => {
        const week = all.map((one) => one[at]).filter(isStudy);
        const rate = (of: (study: Study) => number): string =>
          ((week.reduce((sum, one) => sum + of(one), 0) / hours) * 10_000).toFixed(0);
        return `${rate((one) => one.neverSeen)} / ${rate((one) => one.neverConfirmed)}`;
      });
      return `| ${ROWS[row]?.name} | ${cells.join(' | ')} |`;
    }),
    '',
    'Anomalies found (suspected or confirmed), all kinds together: share, with median and 90 % quantile of the windows until then (1: the first):',
    '',
    head,
    ...detection,
    '',
    'Of these `confirmed`: share of all that were put in:',
    '',
    head,
    ...confirmed,
    '',
    'Found by kind, learned for 7 d:',
    '',
    `| | ${SIZES.map((size) => `× ${size}`).join(' | ')} |\n|---|${'---:|'.repeat(SIZES.length)}`,
    ...byKind,
    '',
    'A syscall that grows by its own rate each day (× 3 at the end of two days), found within the two days, and after how many hours (median):',
    '',
    head,
    `| | ${drift.join(' | ')} |`,
    '',
    'A release whose rates differ from its parent’s by a log-normal factor (σ = 0.25), held against the parent for six hours: deploys with at least one alarm:',
    '',
    head,
    `| | ${LEARN.map((_, at) => percent(studies(at).filter((one) => one.deployAlarms > 0).length, studies(at).length)).join(' | ')} |`,
    '',
  ].join('\n');
}

function isStudy(study: Study | undefined): study is Study {
  return study !== undefined;
}

/** Exact interval of a Poisson count; alarms of one container come together, so it is narrower than the truth. */
function perTenThousand(studies: readonly Study[], of: (study: Study) => number): string {
  const count = studies.reduce((sum, one) => sum + of(one), 0);
  const hours = studies.reduce((sum, one) => sum + one.hours, 0);
  const scale = 10_000 / hours;
  const low = count === 0 ? 0 : lowBound(count);
  return `${show(count * scale)} (${show(low * scale)} to ${show(poissonMeanBound(count, 0.025) * scale)})`;
}

/** The mean of which a count of that or more has a probability of 2.5 %. */
function lowBound(count: number): number {
  return poissonMeanBound(count - 1, 0.975);
}

function show(rate: number): string {
  return rate < 10 ? rate.toFixed(1) : rate.toFixed(0);
}

function found(injections: readonly Study['injections'][number][]): string {
  const delays = injections.flatMap((one) => (one.delay === null ? [] : [one.delay])).sort((a, b) => a - b);
  const at = (q: number): number | string => delays[Math.min(delays.length - 1, Math.floor(q * delays.length))] ?? '–';
  return `${percent(delays.length, injections.length)}, ${at(0.5)}, ${at(0.9)}`;
}

function driftOf(studies: readonly Study[]): string {
  const hours = studies.flatMap((one) => (one.drift === null ? [] : [one.drift])).sort((a, b) => a - b);
  return `${percent(hours.length, studies.length)}, ${(hours[hours.length >> 1] ?? Number.NaN).toFixed(0)} h`;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(part === whole ? 0 : 1)} %`;
}

function writeDocument(text: string): void {
  const path = new URL('../docs/accuracy.md', import.meta.url);
  const document = readFileSync(path, 'utf8');
  const [begin, end] = ['<!-- baseline:begin -->', '<!-- baseline:end -->'];
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from === -1 || to === -1) throw new Error(`docs/accuracy.md has no ${begin} … ${end} to write between`);
  const next = new URL('../docs/accuracy.md.next', import.meta.url);
  writeFileSync(next, `${document.slice(0, from + begin.length)}\n${text}${document.slice(to)}`);
  renameSync(next, path);
}
