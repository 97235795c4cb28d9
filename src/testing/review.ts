/**
 * Runs rules over Go fixtures: the `## Bad` and `## Good` examples of a rule's page, and src/review/testdata/<rule>.
 * Each example and each .go file of testdata is a package of its own; a folder in testdata is one package with all its files,
 * or several, if it has folders: `testdata/<rule>/shop/cart` is imported as `fixture/<rule>/shop/cart`.
 *
 * A line `// module go 1.22` before the package clause gives the module's go line; it is 1.26 otherwise.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { rulePage, sectionOf } from '../findings/pages.ts';
import type { FileReport } from '../review/result.ts';
import { review } from '../review/review.ts';
import { mismatches, type Want, wantsOf } from './review-wants.ts';

const TESTDATA = join(import.meta.dirname, '..', 'review', 'testdata');

/** Go files by path from the root of their package tree: `bad/bad.go`, `shop/cart/cart.go`. */
export type Fixture = Readonly<Record<string, string>>;

const GO_VERSION = '1.26';

/**
 * Reviews the fixture with the rules and gives one line for each want that nothing met and each report that nothing
 * wanted. A string is one file.
 */
export async function checkFixture(fixture: string | Fixture, rules: readonly string[]): Promise<string[]> {
  const files = typeof fixture === 'string' ? { 'fixture/fixture.go': fixture } : fixture;
  const { reports, problems, notes } = await reviewFixture(files, rules);
  const wants: Want[] = Object.entries(files).flatMap(([path, source]) => wantsOf(path, source));
  return [
    ...problems.map((problem) => `${problem.path}:${problem.line}: ${problem.message}`),
    ...notes,
    ...mismatches(wants, reports),
  ];
}

/** What the rules report, with paths as in the fixture. In this thread and without a cache. */
export async function reviewFixture(
  fixture: Fixture,
  rules: readonly string[],
): Promise<{ reports: FileReport[]; problems: { path: string; line: number; message: string }[]; notes: string[] }> {
  const root = mkdtempSync(join(tmpdir(), 'hemostat-fixture-'));
  try {
    writeFixture(root, fixture);
    const found = await review(['./...'], { cwd: root, rules, cache: 'off', workers: 0 });
    const named = <T extends { readonly path: string }>(item: T): T => ({ ...item, path: relative(root, item.path) });
    return {
      reports: found.reports.map((report) => ({ ...named(report), steps: report.steps.map(named) })),
      problems: found.problems.map(named),
      notes: [...found.notes],
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function writeFixture(root: string, fixture: Fixture): void {
  const version = Object.values(fixture).flatMap((source) => /^\/\/ module go (1\.\d+)$/m.exec(source)?.[1] ?? [])[0];
  writeFileSync(join(root, 'go.mod'), `module fixture\n\ngo ${version ?? GO_VERSION}\n`);
  for (const [path, source] of Object.entries(fixture)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), source);
  }
}

/** The page's example under `## Bad` or `## Good`, '' if there is none. */
export function exampleOf(rule: string, section: 'Bad' | 'Good'): string {
  return /^```go\n([\s\S]*?)^```$/m.exec(sectionOf(rulePage(rule)?.markdown ?? '', section))?.[1] ?? '';
}

/** The fixtures in testdata/<rule> by name: a .go file is one, a folder is one. */
export function fixturesOf(rule: string): Map<string, Fixture> {
  const fixtures = new Map<string, Fixture>();
  const root = join(TESTDATA, rule);
  for (const entry of entriesOf(root)) {
    if (entry.isDirectory()) fixtures.set(entry.name, filesBelow(root, entry.name, rule));
    else if (entry.name.endsWith('.go')) {
      const source = readFileSync(join(root, entry.name), 'utf8');
      fixtures.set(entry.name, { [`${rule}/${entry.name.slice(0, -3)}/${entry.name}`]: source });
    }
  }
  return fixtures;
}

function entriesOf(directory: string): { name: string; isDirectory(): boolean }[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

function filesBelow(root: string, folder: string, rule: string): Fixture {
  const files: Record<string, string> = {};
  for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).sort()) {
    if (name.endsWith('.go')) files[`${rule}/${folder}/${name}`] = readFileSync(join(root, folder, name), 'utf8');
  }
  return files;
}

/** All fixtures of a rule, its page's examples first, by a name for people. */
export function allFixtures(rule: string): Map<string, Fixture> {
  const all = new Map<string, Fixture>();
  const bad = exampleOf(rule, 'Bad');
  const good = exampleOf(rule, 'Good');
  if (bad !== '') all.set('page, bad', { [`${rule}/page-bad/bad.go`]: bad });
  if (good !== '') all.set('page, good', { [`${rule}/page-good/good.go`]: good });
  for (const [name, fixture] of fixturesOf(rule)) all.set(name, fixture);
  return all;
}

/** Lines that gofmt and the Go compiler have to say about the fixtures, in one run for all. Empty: they are in order. */
export function goObjections(fixtures: Iterable<Fixture>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'hemostat-fixtures-'));
  try {
    for (const fixture of fixtures) writeFixture(root, fixture);
    writeFileSync(join(root, 'go.mod'), `module fixture\n\ngo ${GO_VERSION}\n`);
    const unformatted = run('gofmt', ['-l', '.'], root).map((line) => `${line}: not formatted with gofmt`);
    // `vet` compiles tests, too; of its analyzers one is enough: bad examples are bad to some of the others as well.
    return [...unformatted, ...run('go', ['vet', '-buildtag', './...'], root)];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[], cwd: string): string[] {
  const env = { ...process.env, GOFLAGS: '-mod=mod', GOWORK: 'off' };
  try {
    return lines(execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? lines(String(error.stderr)) : [];
    return said.length > 0 ? said : [String(error)];
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}
