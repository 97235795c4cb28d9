import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Finding } from '../findings/model.ts';
import { reportAt, resultOf, sampleReview } from '../testing/sample-review.ts';
import { planFixes } from './fix.ts';
import { diffOf } from './fix-diff.ts';
import { writePlan } from './fix-write.ts';
import type { FileEdit } from './result.ts';

const dir = mkdtempSync(join(tmpdir(), 'hemostat-fix-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** An edit: `find` becomes `text`, in the file whose content is `source`. */
function edit(path: string, source: string, find: string, text: string): FileEdit {
  const at = source.indexOf(find);
  if (at < 0) throw new Error(`no ${find}`);
  const start = Buffer.byteLength(source.slice(0, at));
  return { path, start, end: start + Buffer.byteLength(find), text };
}

/** `text` is inserted after `find`. */
function insertAfter(path: string, source: string, find: string, text: string): FileEdit {
  const { end } = edit(path, source, find, '');
  return { path, start: end, end, text };
}

let made = 0;
function file(source: string, name = `f${made++}.go`): string {
  const path = join(dir, name);
  writeFileSync(path, source);
  // Long before any review of it.
  utimesSync(path, 1000, 1000);
  return path;
}

function finding(edits: readonly FileEdit[], safe = true): Finding {
  const [{ path } = { path: '' }] = edits;
  const range = { path, line: 1, column: 1, endLine: 1, endColumn: 2, start: 0, end: 1 };
  const report = reportAt(range, { fix: { title: 'mend it', edits, safe } });
  const [found] = sampleReview({}, resultOf({ reports: [report] })).findings;
  if (found === undefined) throw new Error('there is one');
  return found;
}

/** The source after the fixes, and what gofmt would still change. */
function fixed(source: string, ...fixes: ((path: string) => FileEdit)[]): string {
  const path = file(source);
  const plan = planFixes([finding(fixes.map((make) => make(path)))], Date.now());
  expect(plan.skipped).toEqual([]);
  const [planned] = plan.files;
  return planned === undefined ? source : Buffer.from(planned.after).toString();
}

function gofmt(source: string): string {
  return execFileSync('gofmt', { input: source, encoding: 'utf8' });
}

const LINES = `package p

func f() {
	ctx, cancel := context.WithCancel(ctx) // for the whole request
	ch := make(chan int)                   // the results
	größe := "€"                           // wide letters
	longer := make(map[string]string)      // what is known
	use(ctx, cancel, ch, größe, longer)
	if ch != nil { // another block
		use(ch) // and its own column
	}
}

type t struct {
	a    int // one
	bcde int // two
}
`;

describe('a file that was gofmt-clean stays so', () => {
  const cases: [string, string, (path: string, source: string) => FileEdit][] = [
    ['room in the channel, comments aligned', LINES, (p, s) => edit(p, s, 'make(chan int)', 'make(chan int, 1)')],
    [
      'the longest line grows',
      LINES,
      (p, s) => edit(p, s, 'context.WithCancel(ctx)', 'context.WithTimeout(ctx, time.Minute)'),
    ],
    ['the longest line shrinks', LINES, (p, s) => edit(p, s, 'context.WithCancel(ctx)', 'with(ctx)')],
    [
      'a line in between, which parts the columns',
      LINES,
      (p, s) => insertAfter(p, s, 'WithCancel(ctx)', '\n\tdefer cancel()'),
    ],
    ['a line before', LINES, (p, s) => insertAfter(p, s, 'func f() {', '\n\tprintln()')],
    ['a line in a block of one', LINES, (p, s) => insertAfter(p, s, 'use(ch)', '\n\t\tuse(ch)')],
    ['wide letters', LINES, (p, s) => edit(p, s, '"€"', '"€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€"')],
    ['a comment goes', LINES, (p, s) => edit(p, s, ' // for the whole request', '')],
    ['a line goes', LINES, (p, s) => edit(p, s, '\tch := make(chan int)                   // the results\n', '')],
    ['no comment at all', 'package p\n\nvar c = make(chan int)\n', (p, s) => edit(p, s, 'chan int', 'chan int, 1')],
    ['Windows line ends', LINES.replaceAll('\n', '\r\n'), (p, s) => edit(p, s, 'make(chan int)', 'make(chan int, 1)')],
  ];

  it.each(cases)('%s', (_, source, make) => {
    const clean = source.replaceAll('\r\n', '\n');
    expect(gofmt(clean)).toBe(clean);
    const result = fixed(source, (path) => make(path, source));
    expect(result).not.toBe(source);
    expect(gofmt(result.replaceAll('\r\n', '\n'))).toBe(result.replaceAll('\r\n', '\n'));
  });

  it('keeps a comment with its statement when a line is added below', () => {
    const result = fixed(LINES, (path) => insertAfter(path, LINES, 'WithCancel(ctx)', '\n\tdefer cancel()'));
    expect(result).toContain('WithCancel(ctx) // for the whole request\n\tdefer cancel()\n');
  });

  it('takes // in strings for what it is', () => {
    const source = 'package p\n\nfunc f() {\n\ta := "// no"  // one\n\tbc := "// no" // two\n}\n';
    const clean = gofmt(source);
    const result = fixed(clean, (path) => edit(path, clean, '"// no"', '"// no //"'));
    expect(gofmt(result)).toBe(result);
    expect(result).toContain('"// no //" // one');
  });
});

describe('planFixes', () => {
  const source = 'package p\n\nvar a, b, c = 1, 2, 3\n';

  it('takes safe fixes only', () => {
    const path = file(source);
    const plan = planFixes([finding([edit(path, source, 'a', 'x')], false), finding([])], Date.now());
    expect(plan).toEqual({ files: [], fixed: [], skipped: [] });
  });

  it('lets the first of two that overlap win, and makes the same edit once', () => {
    const path = file(source);
    const one = finding([edit(path, source, 'a, b', 'x, y')]);
    const clash = finding([edit(path, source, 'b', 'z')]);
    const same = finding([edit(path, source, 'a, b', 'x, y'), edit(path, source, '3', '4')]);
    const plan = planFixes([one, clash, same], Date.now());
    expect(plan.fixed).toEqual([one, same]);
    expect(plan.skipped).toEqual([{ finding: clash, why: 'another fix changes the same place; run --fix again' }]);
    expect(Buffer.from(plan.files[0]?.after ?? []).toString()).toBe('package p\n\nvar x, y, c = 1, 2, 4\n');
  });

  it('does all of a fix or nothing of it', () => {
    const here = file(source);
    const gone = join(dir, 'gone.go');
    const both = finding([edit(here, source, 'a', 'x'), { path: gone, start: 0, end: 0, text: 'x' }]);
    const plan = planFixes([both], Date.now());
    expect(plan).toEqual({
      files: [],
      fixed: [],
      skipped: [{ finding: both, why: 'the file cannot be read (ENOENT)' }],
    });
    const outside = finding([{ path: here, start: 5, end: 5000, text: '' }]);
    expect(planFixes([outside], Date.now()).skipped[0]?.why).toBe('it is outside of the file; review again');
  });

  it('refuses a file that was changed since it was reviewed', () => {
    const path = file(source);
    const began = Date.now() - 60_000;
    utimesSync(path, new Date(), new Date());
    const plan = planFixes([finding([edit(path, source, 'a', 'x')])], began);
    expect(plan.skipped[0]?.why).toBe('the file was changed while it was reviewed; review again');
    expect(plan.files).toEqual([]);
  });
});

describe('writePlan', () => {
  const source = 'package p\n\nvar a = 1\n';
  const planOf = (path: string) => {
    const [plan] = planFixes([finding([edit(path, source, ' a ', ' b ')])], Date.now()).files;
    if (plan === undefined) throw new Error('there is a plan');
    return plan;
  };

  it('replaces the file at once, keeps its mode, and leaves nothing behind', async () => {
    mkdirSync(join(dir, 'own'));
    const path = file(source, 'own/mode.go');
    chmodSync(path, 0o664);
    const { ino } = statSync(path);
    expect(await writePlan(planOf(path))).toBeNull();
    expect(readFileSync(path, 'utf8')).toBe('package p\n\nvar b = 1\n');
    expect(statSync(path).mode & 0o777).toBe(0o664);
    expect(statSync(path).ino).not.toBe(ino);
    expect(readdirSync(join(dir, 'own'))).toEqual(['mode.go']);
  });

  it('writes through a link, and the link stays', async () => {
    const path = file(source, 'real.go');
    const link = join(dir, 'link.go');
    symlinkSync(path, link);
    expect(await writePlan(planOf(link))).toBeNull();
    expect(readFileSync(path, 'utf8')).toBe('package p\n\nvar b = 1\n');
    expect(readFileSync(link, 'utf8')).toBe('package p\n\nvar b = 1\n');
  });

  it('refuses a file that changes between reading and writing', async () => {
    const path = file(source, 'raced.go');
    const plan = planOf(path);
    writeFileSync(path, 'package p // mine\n');
    expect(await writePlan(plan)).toBe('the file was changed in the meantime; review again');
    expect(readFileSync(path, 'utf8')).toBe('package p // mine\n');
    expect(readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    rmSync(path);
    expect(await writePlan(plan)).toBe('it cannot be written (ENOENT)');
  });
});

describe('diffOf', () => {
  it.each([
    ['one line', (p: string) => [edit(p, LINES, 'use(ch)', 'use(nil)')]],
    ['an added line', (p: string) => [insertAfter(p, LINES, 'ctx, cancel, ch, größe, longer)', '\n\tprintln()')]],
    [
      'lines far apart, and comments that move',
      (p: string) => [
        edit(p, LINES, 'make(chan int)', 'make(chan int, 1)'),
        edit(p, LINES, 'context.WithCancel(ctx)', 'context.WithTimeout(ctx, time.Minute)'),
        edit(p, LINES, 'bcde int', 'b int'),
      ],
    ],
    [
      'the first and the last line',
      (p: string) => [
        edit(p, LINES, 'package p\n', '// Package p.\npackage p\n'),
        edit(p, LINES, '// two\n}\n', '// two\n}'),
      ],
    ],
    ['a line that goes', (p: string) => [edit(p, LINES, '\tuse(ctx, cancel, ch, größe, longer)\n', '')]],
  ] as const)('is what patch makes the same file of: %s', (_, make) => {
    const path = file(
      LINES,
      `diff${made++}/x y.go`.replace(/^diff(\d+)\//, (_all, n) => {
        mkdirSync(join(dir, `diff${n}`));
        return `diff${n}/`;
      }),
    );
    const [plan] = planFixes([finding(make(path))], Date.now()).files;
    if (plan === undefined) throw new Error('there is a plan');
    const diff = diffOf(plan, 'x y.go');
    execFileSync('git', ['apply', '--unidiff-zero', '-'], {
      cwd: join(path, '..'),
      input: diff,
      env: { ...process.env, GIT_CEILING_DIRECTORIES: dir },
    });
    expect(readFileSync(path, 'utf8')).toBe(Buffer.from(plan.after).toString());
  });

  it('reads like one of git', () => {
    const path = file(LINES);
    const [plan] = planFixes(
      [finding([insertAfter(path, LINES, 'ctx, cancel, ch, größe, longer)', '\n\tprintln()')])],
      Date.now(),
    ).files;
    if (plan === undefined) throw new Error('there is a plan');
    expect(diffOf(plan, 'p/x.go')).toBe(`--- a/p/x.go
+++ b/p/x.go
@@ -6,6 +6,7 @@
 	größe := "€"                           // wide letters
 	longer := make(map[string]string)      // what is known
 	use(ctx, cancel, ch, größe, longer)
+	println()
 	if ch != nil { // another block
 		use(ch) // and its own column
 	}
`);
  });
});
