/** A review made up for tests of writers: two files, findings of every confidence, suppressions, a fix, a problem. */
import { type ReportSettings, type Review, reviewOf } from '../review/report.ts';
import { Sources } from '../review/report-sources.ts';
import type { FileComment, FileEdit, FileReport, Range, ReviewResult } from '../review/result.ts';

export const ROOT = '/src/shop';

const FIRST = `package quotes

import "context"

// First asks both suppliers and takes what comes first.
func First(ctx context.Context, a, b Supplier) (Quote, error) {
	results := make(chan Quote)
	for _, s := range []Supplier{a, b} {
		go func() { results <- s.Ask("größer als 5 €") }()
	}
	select {
	case q := <-results:
		return q, nil
	case <-ctx.Done():
		return Quote{}, ctx.Err()
	}
}
`;

const POOL = `package quotes

import (
	"bytes"
	"sync"
)

var pool = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func render(q Quote) []byte {
	buf := pool.Get().(*bytes.Buffer)
	defer pool.Put(buf)
	q.write(buf)
	return buf.Bytes() //nolint:pool-use-after-put // the caller copies it at once
}

//hemostat:ignore chan-first-wins left over from the old version
func older() {}
`;

export const FILES: ReadonlyMap<string, string> = new Map([
  [`${ROOT}/quotes/first.go`, FIRST],
  [`${ROOT}/quotes/pool.go`, POOL],
]);

/** Ids that the sample takes for all there are. */
export const IDS = [
  'chan-first-wins',
  'malformed-suppression',
  'pool-use-after-put',
  'timer-not-stopped',
  'unused-suppression',
];

export function sampleSources(files: ReadonlyMap<string, string> = FILES): Sources {
  return new Sources((path) => {
    const text = files.get(path);
    if (text === undefined) throw new Error(`${path} is no file of the sample`);
    return Buffer.from(text);
  });
}

/** Where `needle` stands in a file, the `nth` time (from 1). */
export function rangeIn(path: string, needle: string, nth = 1, files: ReadonlyMap<string, string> = FILES): Range {
  const bytes = Buffer.from(files.get(path) ?? '');
  let start = -1;
  for (let i = 0; i < nth; i++) start = bytes.indexOf(needle, start + 1);
  if (start < 0) throw new Error(`${path} has no ${needle}`);
  const end = start + Buffer.byteLength(needle);
  return { path, start, end, ...at(bytes, start), ...ending(at(bytes, end)) };
}

function at(bytes: Buffer, offset: number): { line: number; column: number } {
  const before = bytes.subarray(0, offset);
  return { line: before.filter((byte) => byte === 10).length + 1, column: offset - before.lastIndexOf(10) };
}

function ending({ line, column }: { line: number; column: number }): { endLine: number; endColumn: number } {
  return { endLine: line, endColumn: column };
}

export function reportAt(range: Range, over: Partial<FileReport> = {}): FileReport {
  return {
    ...range,
    rule: 'chan-first-wins',
    confidence: 'high',
    message: 'the slower supplier blocks for ever on this send',
    advice: 'Give the channel room for both.',
    steps: [],
    fix: null,
    function: 'example.com/shop/quotes.First',
    importPath: 'example.com/shop/quotes',
    module: 'example.com/shop',
    operation: 'results <- s.Ask("größer als 5 €")',
    inTest: false,
    ...over,
  };
}

export function commentIn(path: string, text: string, files: ReadonlyMap<string, string> = FILES): FileComment {
  const { start, end, line, column } = rangeIn(path, text, 1, files);
  const lines = (files.get(path) ?? '').split('\n');
  const standsAlone = (lines[line - 1] ?? '').trim() === text;
  const next = lines.findIndex((l, i) => i >= line && l.trim() !== '' && !l.trim().startsWith('//'));
  return { path, line, column, start, end, text, standsAlone, nextCodeLine: standsAlone ? next + 1 : line };
}

export function resultOf(over: Partial<ReviewResult> = {}): ReviewResult {
  return {
    reports: [],
    problems: [],
    notes: [],
    comments: [],
    files: [...FILES.keys()],
    stats: { packages: 1, files: 2, bytes: 800, seconds: 0.125, fromCache: 0 },
    ...over,
  };
}

export const SETTINGS: ReportSettings = {
  ids: IDS,
  ran: new Set(IDS),
  levels: new Map(),
  minConfidence: 'medium',
  excluded: () => false,
  changes: null,
  root: ROOT,
};

const first = `${ROOT}/quotes/first.go`;
const pool = `${ROOT}/quotes/pool.go`;

function room(): FileEdit {
  const made = rangeIn(first, 'make(chan Quote)');
  return { path: first, start: made.end - 1, end: made.end - 1, text: ', 2' };
}

/** Everything that a result can hold. */
export const RESULT: ReviewResult = resultOf({
  reports: [
    reportAt(rangeIn(first, 'results <- s.Ask("größer als 5 €")'), {
      message: 'of two senders on results only the first is received: the other blocks for ever on this send',
      steps: [
        { ...rangeIn(first, 'make(chan Quote)'), says: 'the channel is made here, without room' },
        { ...rangeIn(first, 'for _, s := range []Supplier{a, b} {'), says: 'a sender is started for each supplier' },
        { ...rangeIn(first, 'q := <-results'), says: 'one result is received; nobody waits for the other' },
      ],
      fix: { title: 'make(chan Quote, 2)', edits: [room()], safe: true },
    }),
    reportAt(rangeIn(first, 'ctx.Done()'), {
      rule: 'timer-not-stopped',
      confidence: 'medium',
      message: 'this might not be stopped, 100 % sure: no, really',
      advice: 'Stop it.',
      operation: 'ctx.Done()',
      fix: { title: 'stop it', edits: [{ path: first, start: 0, end: 0, text: '// stop\n' }], safe: false },
    }),
    reportAt(rangeIn(first, 'ctx.Err()'), { rule: 'timer-not-stopped', confidence: 'low', operation: 'ctx.Err()' }),
    reportAt(rangeIn(pool, 'buf.Bytes()'), {
      rule: 'pool-use-after-put',
      message: 'the bytes of buf are returned, and the deferred Put has given buf back by then',
      advice: 'Copy them: bytes.Clone(buf.Bytes()).',
      function: 'example.com/shop/quotes.render',
      operation: 'buf.Bytes()',
    }),
  ],
  comments: [
    commentIn(pool, '//nolint:pool-use-after-put // the caller copies it at once'),
    commentIn(pool, '//hemostat:ignore chan-first-wins left over from the old version'),
  ],
  problems: [{ path: first, line: 3, column: 8, message: "expected ';', found 'IDENT'" }],
  notes: ['/src/shop/secret cannot be read (EACCES), so it is left out.'],
});

export function sampleReview(over: Partial<ReportSettings> = {}, result: ReviewResult = RESULT): Review {
  return reviewOf(result, sampleSources(), { ...SETTINGS, ...over });
}
