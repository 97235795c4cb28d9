/**
 * How often is the answer right? Runs every lab scenario a number of times and prints a table; --write puts it into
 * docs/accuracy.md.
 *
 *   node scripts/accuracy.ts [--runs 10] [--window 20s] [--width 6] [--only NAME,NAME] [--write]
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { listScenarios } from '../src/collect/lab.ts';
import { type Outcome, pooled, runScenario } from '../src/testing/accuracy.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    window: { type: 'string', default: '20s' },
    width: { type: 'string', default: '6' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

const only = values.only?.split(',');
const scenarios = listScenarios().filter((scenario) =>
  only === undefined ? scenario.suite === undefined : only.includes(scenario.name),
);
const runs = Number(values.runs);
const jobs = Array.from({ length: runs }, () => scenarios).flat();
const outcomes = await pooled(jobs, Number(values.width), async (scenario) => {
  const outcome = await runScenario(scenario, values.window);
  process.stderr.write(`${outcome.result.padEnd(12)} ${outcome.scenario.padEnd(32)} ${outcome.says}\n`);
  return outcome;
});

const table = render(outcomes);
process.stdout.write(table);
if (values.write) writeDocument(table);

function render(all: readonly Outcome[]): string {
  const count = (name: string, result: Outcome['result']): number =>
    all.filter((outcome) => outcome.scenario === name && outcome.result === result).length;
  const rows = scenarios.map((scenario) => {
    const hits = count(scenario.name, 'hit');
    const misses = count(scenario.name, 'miss');
    const alarms = count(scenario.name, 'false alarm');
    const declared = 'rule' in scenario.expect ? scenario.expect.rule : (scenario.expect.cleared ?? 'nothing');
    return `| ${scenario.name} | ${scenario.kind} | ${declared} | ${hits} | ${misses} | ${alarms} |`;
  });
  const total = (result: Outcome['result']): number => all.filter((outcome) => outcome.result === result).length;
  return [
    '| scenario | kind | right answer | hits | misses | false alarms |',
    '|---|---|---|---:|---:|---:|',
    ...rows,
    `| **all** | | | **${total('hit')}** | **${total('miss')}** | **${total('false alarm')}** |`,
    '',
  ].join('\n');
}

function writeDocument(rows: string): void {
  const go = execFileSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' }).trim();
  const path = join(import.meta.dirname, '..', 'docs', 'accuracy.md');
  const text = readFileSync(path, 'utf8');
  const begin = '<!-- accuracy:begin -->';
  const end = '<!-- accuracy:end -->';
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${path} lacks the lines ${begin} and ${end}`);
  const head = `${runs} runs of each, ${values.window} windows, ${values.width} at a time on ${cpus().length} processors, ${go}.`;
  const next = `${text.slice(0, from + begin.length)}\n${head}\n\n${rows}${text.slice(to)}`;
  writeFileSync(`${path}.tmp`, next);
  renameSync(`${path}.tmp`, path);
}
