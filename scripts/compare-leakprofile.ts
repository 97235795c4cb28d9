/**
 * Does `hemostat prove` report what the runtime's own goroutineleak profile reports? Runs the Go tree's goroutine-leak
 * test programs simple.go and commonpatterns.go, pattern by pattern, some processes with leak profiles and some with a
 * heap dump, and prints a table; --write puts it into docs/accuracy.md.
 *
 *   node scripts/compare-leakprofile.ts [--go go1.26.8,go1.27.1] [--runs 6] [--only NAME,NAME] [--write]
 *
 * The programs are copied from the newest of these Go trees into a temporary directory; the only change is that they
 * call scripts/compare-leakprofile/observe.go where they took their profile. Exit 1 when the runtime reports something
 * that hemostat does not prove, or when a proof is false.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    go: { type: 'string', default: 'go1.26.8,go1.27.1' },
    runs: { type: 'string', default: '6' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

/** Goroutines that the programs' comments say must not be reported, by where they wait. */
const NOT_LEAKED = new Set(['main.NoLeakGlobal.func1', 'main.SelectNoCasesMain']);

const PROGRAMS = ['main.go', 'simple.go', 'commonpatterns.go'];
const root = join(import.meta.dirname, '..');
const versions = values.go.split(',');
const runs = Number(values.runs);

/** Goroutines at one place in one Go version, summed over runs. */
interface Count {
  /** Parked in the processes with leak profiles, and how many of those the runtime reported. */
  parkedProfiled: number;
  reported: number;
  /** Parked in the processes with a heap dump, and how many hemostat proved. */
  parkedDumped: number;
  proven: number;
  /** Proofs for what is not leaked, or for more goroutines than were parked in that process. */
  falseProofs: number;
}

const NOTHING: Count = { parkedProfiled: 0, reported: 0, parkedDumped: 0, proven: 0, falseProofs: 0 };

interface Row {
  readonly pattern: string;
  readonly func: string;
  readonly line: number;
  readonly counts: Map<string, Count>;
}

const rows = new Map<string, Row>();
const directory = mkdtempSync(join(tmpdir(), 'leakprofile-'));
try {
  const patterns = copyPrograms(versions.at(-1) ?? '');
  for (const version of versions) {
    const executable = build(version);
    for (const pattern of patterns) {
      for (let run = 0; run < runs; run++) {
        // The programs are meant for one processor; a second one makes other interleavings.
        profileRun(version, executable, pattern, 1 + (run % 2));
        dumpRun(version, executable, pattern, 1 + (run % 2));
      }
      process.stderr.write(`${version} ${pattern}\n`);
    }
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

const { table, failures } = render();
process.stdout.write(table);
if (values.write) writeDocument(table);
process.exitCode = failures > 0 ? 1 : 0;

/** Copies the programs and returns the names of their patterns. */
function copyPrograms(version: string): string[] {
  const goroot = go(version, ['env', 'GOROOT']).trim();
  const sources = PROGRAMS.map((name) => {
    const path = join(goroot, 'src/runtime/testdata/testgoroutineleakprofile', name);
    const text = readFileSync(path, 'utf8')
      .replaceAll('prof.WriteTo(os.Stdout, 2)', 'observe(prof, os.Stdout)')
      .replace('func main() {', 'func patternMain() {');
    writeFileSync(join(directory, name), text);
    return text;
  });
  cpSync(join(root, 'scripts/compare-leakprofile/observe.go'), join(directory, 'observe.go'));
  writeFileSync(join(directory, 'go.mod'), 'module leakprofile\n\ngo 1.26\n');
  const names = [...sources.join('\n').matchAll(/^\tregister\("(\w+)"/gm)].map((match) => match[1] ?? '');
  const only = values.only?.split(',');
  return names.filter((name) => only === undefined || only.includes(name));
}

function build(version: string): string {
  const executable = join(directory, version);
  // Go 1.27 always has the profile, and knows the experiment no more.
  const experiment = version.startsWith('go1.26') ? 'goroutineleakprofile' : '';
  go(version, ['build', '-trimpath', '-o', executable, '.'], experiment);
  return executable;
}

function go(version: string, args: string[], experiment = ''): string {
  const env = { ...process.env, GOTOOLCHAIN: version, GOEXPERIMENT: experiment, GOFLAGS: '', GOWORK: 'off' };
  return execFileSync('go', args, { cwd: directory, encoding: 'utf8', env });
}

function runPattern(executable: string, pattern: string, processors: number, mode: string, dump: string): string {
  return execFileSync(executable, [pattern], {
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 1 << 28,
    env: { ...process.env, GOMAXPROCS: String(processors), HEMOSTAT_MODE: mode, HEMOSTAT_DUMP: dump },
  });
}

/** A process that writes leak profiles: what is in any of them counts. */
function profileRun(version: string, executable: string, pattern: string, processors: number): void {
  const parked = new Map<string, Parked>();
  for (const goroutine of parseStacks(runPattern(executable, pattern, processors, 'profile', ''))) {
    const before = parked.get(goroutine.id);
    parked.set(goroutine.id, { ...goroutine, leaked: goroutine.leaked || before?.leaked === true });
  }
  for (const goroutine of parked.values()) {
    const count = countOf(version, pattern, goroutine.func, goroutine.line);
    count.parkedProfiled++;
    if (goroutine.leaked) count.reported++;
  }
}

/** A process that writes its stacks and a heap dump. */
function dumpRun(version: string, executable: string, pattern: string, processors: number): void {
  const dump = join(directory, 'heap.dump');
  const parked = new Map<Count, number>();
  for (const goroutine of parseStacks(runPattern(executable, pattern, processors, 'dump', dump))) {
    const count = countOf(version, pattern, goroutine.func, goroutine.line);
    count.parkedDumped++;
    parked.set(count, (parked.get(count) ?? 0) + 1);
  }
  const args = ['prove', dump, '--binary', executable, '--json', '--fail-on', 'never'];
  const text = execFileSync(join(root, 'bin/hemostat'), args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const proof: {
    goroutines: { proven: number };
    findings: { rule: string; verdict: string; count?: number; where: { function: string; line: number } }[];
  } = JSON.parse(text);
  let listed = 0;
  for (const finding of proof.findings) {
    if (finding.verdict !== 'proven' || !finding.rule.startsWith('goroutine-')) continue;
    const count = countOf(version, pattern, finding.where.function, finding.where.line);
    const proven = finding.count ?? 0;
    const provable = NOT_LEAKED.has(finding.where.function) ? 0 : (parked.get(count) ?? 0);
    count.proven += proven;
    count.falseProofs += Math.max(0, proven - provable);
    listed += proven;
  }
  if (listed !== proof.goroutines.proven) {
    throw new Error(`${pattern}: the findings have ${listed} of ${proof.goroutines.proven} proven goroutines`);
  }
}

interface Parked {
  readonly id: string;
  readonly func: string;
  readonly line: number;
  readonly leaked: boolean;
}

/** The parked goroutines of runtime.Stack's text, each with its innermost frame in the programs. */
function* parseStacks(text: string): Generator<Parked> {
  for (const block of text.split('\n\n')) {
    const head = /^\s*goroutine (\d+) .*\[(.*)\]:\n/.exec(block);
    const frame = /^(main\..*)\(.*\)\n\t\S*?:(\d+)/m.exec(block.split('\ncreated by ')[0] ?? '');
    if (head === null || frame === null || head[2] === 'running') continue;
    yield { id: head[1] ?? '', func: frame[1] ?? '', line: Number(frame[2]), leaked: /\(leaked\)/.test(head[2] ?? '') };
  }
}

function countOf(version: string, pattern: string, func: string, line: number): Count {
  const key = `${pattern} ${func}:${line}`;
  const row = rows.get(key) ?? { pattern, func, line, counts: new Map<string, Count>() };
  rows.set(key, row);
  const count = row.counts.get(version) ?? { ...NOTHING };
  row.counts.set(version, count);
  return count;
}

function render(): { table: string; failures: number } {
  const lines: string[] = [];
  let failures = 0;
  for (const row of rows.values()) {
    const cells: string[] = [];
    let falseProofs = 0;
    let fewer = false;
    for (const version of versions) {
      const count = row.counts.get(version) ?? NOTHING;
      cells.push(`${count.reported} of ${count.parkedProfiled}`, `${count.proven} of ${count.parkedDumped}`);
      // The processes differ, so shares are compared, not goroutines: all parked ones proven is never fewer.
      fewer ||= count.proven * count.parkedProfiled < count.reported * count.parkedDumped;
      falseProofs += count.falseProofs;
    }
    const notLeaked = NOT_LEAKED.has(row.func);
    if ((fewer && !notLeaked) || falseProofs > 0) failures++;
    const where = `\`${row.func.replace('main.', '')}:${row.line}\`${notLeaked ? ', not leaked' : ''}`;
    const verdict = fewer ? (notLeaked ? 'rightly' : '**yes**') : 'no';
    lines.push(`| ${row.pattern} | ${where} | ${cells.join(' | ')} | ${falseProofs} | ${verdict} |`);
  }
  const heads = versions.flatMap((version) => [`${version} runtime`, `${version} hemostat`]);
  const table = [
    `| pattern | parked at | ${heads.join(' | ')} | false proofs | fewer than the runtime |`,
    `|---|---|${heads.map(() => '---:|').join('')}---:|---|`,
    ...lines,
    '',
  ].join('\n');
  return { table, failures };
}

function writeDocument(table: string): void {
  const path = join(root, 'docs/accuracy.md');
  const [begin, end] = ['<!-- leakprofile:begin -->', '<!-- leakprofile:end -->'];
  const text = readFileSync(path, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/accuracy.md has no ${begin} … ${end}`);
  const says = `${versions.join(', ')}; of each pattern ${runs} processes with leak profiles and ${runs} with a heap dump.`;
  writeFileSync(`${path}.part`, `${text.slice(0, from)}${begin}\n${says}\n\n${table}${text.slice(to)}`);
  renameSync(`${path}.part`, path);
}
