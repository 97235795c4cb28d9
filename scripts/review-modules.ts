/**
 * How often is source review right about well-known code? Reviews the modules of scripts/review-modules.json as the Go
 * module proxy serves them, and prints a table by module, rule and confidence with what was read and judged.
 * --write puts it into docs/accuracy.md.
 *
 *   node scripts/review-modules.ts [--only TEXT] [--jobs 1] [--keep DIR] [--from DIR] [--open] [--write]
 *
 * --keep DIR keeps the findings as JSON, --from DIR reads them from there instead of reviewing again, --open lists what
 * is still to be judged, with its steps. The exit code is 1 while a report of high confidence is not judged.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type Judged,
  type ModuleReports,
  moduleTable,
  parseJudgements,
  parseReports,
  unjudged,
} from '../src/testing/review-modules.ts';

/** go mod download refuses a module whose go line is newer than the toolchain. */
const GOTOOLCHAIN = 'go1.27.1+auto';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    keep: { type: 'string' },
    from: { type: 'string' },
    open: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

const plan = parseJudgements(readFileSync(join(import.meta.dirname, 'review-modules.json'), 'utf8'));
const only = values.only;
const modules = plan.modules.filter((module) => only === undefined || module.includes(only));
const all: ModuleReports[] = modules.map(reportsOf);
const table = moduleTable(all, plan.judged);
process.stdout.write(table);
const open = unjudged(all, plan.judged);
if (values.open) for (const one of open) process.stdout.write(`\n${told(one)}\n`);
if (values.write) writeDocument(table);
if (open.length > 0) {
  process.stderr.write(`${open.length} reports of high confidence are not judged yet; --open shows them\n`);
  process.exitCode = 1;
}

/** The reports of one module, paths relative to it. */
function reportsOf(module: string): ModuleReports {
  const file = `${module.replaceAll(/[^\w.@-]/g, '_')}.json`;
  const text = values.from === undefined ? review(module) : readFileSync(join(values.from, file), 'utf8');
  if (values.keep !== undefined) {
    mkdirSync(values.keep, { recursive: true });
    writeFileSync(join(values.keep, file), text);
  }
  return parseReports(module, text);
}

function review(module: string): string {
  const words = ['review', './...', '--no-tests', '--json', '--min-confidence', 'low', '--fail-on', 'never'];
  // What go build takes on the machine of most services, whatever this one is.
  const fixed = ['--no-cache', '--no-config', '--goos', 'linux', '--goarch', 'amd64', '--jobs', values.jobs];
  const started = performance.now();
  const done = spawnSync(join(root, 'bin', 'hemostat'), [...words, ...fixed], {
    cwd: directoryOf(module),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (done.status !== 0) throw new Error(`${module}: ${done.stderr}`);
  process.stderr.write(`${module} ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  return done.stdout;
}

/** Where the module lies: in the module cache, downloaded when it is missing; std and cmd in the installed Go. */
function directoryOf(module: string): string {
  const go = (...words: readonly string[]): string => execFileSync('go', words, { encoding: 'utf8', cwd: '/' }).trim();
  const download = ['mod', 'download', '-json', module];
  if (module.startsWith('std@') || module.startsWith('cmd@')) {
    const version = go('env', 'GOVERSION');
    if (!module.endsWith(`@${version}`)) throw new Error(`${module}: the installed Go is ${version}`);
    return join(go('env', 'GOROOT'), 'src', module.startsWith('cmd@') ? 'cmd' : '');
  }
  const parsed: unknown = JSON.parse(
    execFileSync('go', download, { encoding: 'utf8', env: { ...process.env, GOTOOLCHAIN } }),
  );
  if (typeof parsed === 'object' && parsed !== null && 'Dir' in parsed && typeof parsed.Dir === 'string')
    return parsed.Dir;
  throw new Error(`${module}: go mod download does not say where it is`);
}

function told(one: Judged): string {
  const steps = one.steps.map((step) => `    ${step}`).join('\n');
  return `${one.module} ${one.confidence} ${one.rule} ${one.at} ${one.fingerprint}\n  ${one.says}\n${steps}`;
}

function writeDocument(text: string): void {
  const path = join(root, 'docs', 'accuracy.md');
  const between = /(<!-- modules:begin -->\n)[\s\S]*?(<!-- modules:end -->)/;
  const old = readFileSync(path, 'utf8');
  if (!between.test(old))
    throw new Error(`${path} has no place for the table: it lies between modules:begin and modules:end`);
  const next = old.replace(between, (_, begin: string, end: string) => `${begin}${text}${end}`);
  writeFileSync(`${path}.tmp`, next);
  renameSync(`${path}.tmp`, path);
}
