import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profileFromText } from '../evidence/pprof/testing.ts';
import { writeProfile } from '../evidence/pprof/write.ts';
import type { Terminal } from '../findings/layout.ts';
import { renderDiff } from './diff-profiles.ts';
import { UsageError } from './exit.ts';
import { renderProfile, type ShowOptions } from './show-profile.ts';

const hemostat = join(import.meta.dirname, '..', '..', 'bin', 'hemostat');
const terminal: Terminal = { width: 80, color: false, unicode: true };

const HEAP = profileFromText(
  `inuse_objects/count inuse_space/bytes
   runtime.main > main.main > github.com/acme/shop/internal/store.(*Cache[go.shape.string]).Put@store.go:42 | 30 3145728 | bytes=104857
   runtime.main > main.main > github.com/acme/shop/internal/store.(*Cache[go.shape.string]).Put@store.go:44 | 10 1048576
   runtime.main > main.main > main.load ~> main.read | 1 524288 | tenant=a
   main.worker > main.load ~> main.read | 1 524288 | tenant=b`,
  { timeNanos: 1_700_000_000_000_000_000n, durationNanos: 90_000_000_000n },
);

const LATER = profileFromText(
  `inuse_objects/count inuse_space/bytes
   runtime.main > main.main > github.com/acme/shop/internal/store.(*Cache[go.shape.string]).Put@store.go:42 | 60 6291456
   runtime.main > main.main > main.load ~> main.read | 1 524288`,
  { timeNanos: 1_700_000_300_000_000_000n },
);

function show(options: ShowOptions, on: Terminal = terminal): string {
  return renderProfile(HEAP, 'heap.pb.gz', options, on);
}

describe('show', () => {
  it('ranks functions', () => {
    expect(show({})).toMatchInlineSnapshot(`
      "heap.pb.gz: inuse_space 5MB in 4 samples
      of service, taken 2023-11-14 22:13:20 UTC, over 90s
      --sample-type also has inuse_objects

             flat   flat%        cum    cum%  function
              4MB  80.00%        4MB  80.00%  store.(*Cache[go.shape.string]).Put
              1MB  20.00%        1MB  20.00%  main.read
                0      0%        1MB  20.00%  main.load
                0      0%     4.50MB  90.00%  main.main
                0      0%      512kB  10.00%  main.worker
                0      0%     4.50MB  90.00%  runtime.main
      "
    `);
  });

  it('ranks lines by what they and all below take', () => {
    expect(show({ lines: true, cum: true, top: '3' })).toMatchInlineSnapshot(`
      "heap.pb.gz: inuse_space 5MB in 4 samples
      of service, taken 2023-11-14 22:13:20 UTC, over 90s
      --sample-type also has inuse_objects

             flat   flat%        cum    cum%  function
                0      0%     4.50MB  90.00%  main.main main.go:1
                0      0%     4.50MB  90.00%  runtime.main runtime.go:1
              3MB  60.00%        3MB  60.00%  store.(*Cache[...]).Put store.go:42
      4 more rows (-n shows more)
      "
    `);
  });

  it('draws the call tree', () => {
    expect(show({ tree: true })).toMatchInlineSnapshot(`
      "heap.pb.gz: inuse_space 5MB in 4 samples
      of service, taken 2023-11-14 22:13:20 UTC, over 90s
      --sample-type also has inuse_objects

              cum    cum%       flat  function
           4.50MB  90.00%             └ runtime.main
           4.50MB  90.00%               main.main
              4MB  80.00%        4MB    └ store.(*Cache[go.shape.string]).Put
            512kB  10.00%               └ main.load
            512kB  10.00%      512kB      main.read
            512kB  10.00%             └ main.worker
            512kB  10.00%               main.load
            512kB  10.00%      512kB    main.read
      "
    `);
  });

  it('draws the call tree where only ASCII can be shown', () => {
    expect(show({ tree: true }, { ...terminal, unicode: false })).toMatch(/^[\n\x20-\x7e]*$/);
  });

  it('lists the stacks', () => {
    expect(show({ traces: true, tag: 'tenant:a', hide: 'runtime' })).toMatchInlineSnapshot(`
      "heap.pb.gz: inuse_space 5MB in 4 samples
      of service, taken 2023-11-14 22:13:20 UTC, over 90s
      --sample-type also has inuse_objects

           tenant: a
            512kB  main.read
                   main.load
                   main.main
      "
    `);
  });

  it('folds', () => {
    expect(show({ folded: true, focus: 'load', sampleType: 'inuse_objects' })).toBe(
      'main.worker;main.load;main.read 1\nruntime.main;main.main;main.load;main.read 1\n',
    );
  });

  it('fits into 80 columns', () => {
    for (const options of [{}, { lines: true }, { tree: true }, { traces: true }] satisfies ShowOptions[]) {
      for (const line of show(options).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  it('prints JSON that scripts rely on', () => {
    const parsed: unknown = JSON.parse(show({ json: true, top: '1' }));
    expect(parsed).toMatchObject({
      schema: 'hemostat/show@1',
      findings: [],
      sampleType: { type: 'inuse_space', unit: 'bytes' },
      total: 5242880,
      top: [
        {
          function: 'github.com/acme/shop/internal/store.(*Cache[go.shape.string]).Put',
          file: 'store.go',
          line: 0,
          flat: 4194304,
          cum: 4194304,
        },
      ],
    });
  });

  it('does not round large integers silently', () => {
    const huge = profileFromText(`n/count\nmain.a | 9223372036854775807`);
    expect(renderProfile(huge, 'x', { json: true }, terminal)).toContain('"flat": "9223372036854775808"');
  });

  it('keeps escape sequences of a profile away from the terminal', () => {
    const evil = profileFromText(`n\x1b[31m/count\nmain.\x1b[2Ja;b | 5`);
    for (const options of [{}, { tree: true }, { traces: true }, { folded: true }] satisfies ShowOptions[]) {
      expect(renderProfile(evil, 'x', options, terminal)).not.toContain('\x1b');
    }
  });

  it.each([
    [{ focus: '(' }, /--focus: a `\(` without `\)` at character 2 of the expression \(/],
    [{ sampleType: 'nope' }, /heap.pb.gz has no sample type nope; it has inuse_objects, inuse_space/],
    [{ top: '0' }, /--top needs a whole number from 1, not 0/],
    [{ tree: true, folded: true }, /--tree and --folded exclude each other/],
    [{ tree: true, json: true }, /leave one of them out/],
    [{ lines: true, files: true }, /--lines and --files exclude each other/],
  ] satisfies [ShowOptions, RegExp][])('refuses %o', (options, sentence) => {
    expect(() => show(options)).toThrow(UsageError);
    expect(() => show(options)).toThrow(sentence);
  });
});

describe('diff', () => {
  const sides = [
    { file: 'a.pb.gz', profile: HEAP },
    { file: 'b.pb.gz', profile: LATER },
  ] as const;

  it('says what grew and what shrank', () => {
    expect(renderDiff(...sides, {}, terminal)).toMatchInlineSnapshot(`
      "a.pb.gz → b.pb.gz
      inuse_space: 5MB → 6.50MB, +1.50MB (30.00%) in 5 min

            change      before       after  grew
              +2MB         4MB         6MB  store.(*Cache[go.shape.string]).Put

            change      before       after  shrank
            -512kB         1MB       512kB  main.read
      "
    `);
  });

  it('prints JSON', () => {
    expect(JSON.parse(renderDiff(...sides, { json: true, lines: true }, terminal))).toMatchObject({
      schema: 'hemostat/diff@1',
      findings: [],
      total: { before: 5242880, after: 6815744, delta: 1572864 },
      grew: [{ file: 'store.go', line: 42, before: 3145728, after: 6291456, delta: 3145728 }].map((row) => ({
        ...row,
        function: 'github.com/acme/shop/internal/store.(*Cache[go.shape.string]).Put',
      })),
      shrank: [
        { line: 44, delta: -1048576 },
        { function: 'main.read', delta: -524288 },
      ],
    });
  });

  it('is empty between equal profiles', () => {
    const output = renderDiff(sides[0], sides[0], {}, terminal);
    expect(output).toContain('nothing grew');
    expect(output).toContain('nothing shrank');
  });

  it('compares shapes with --normalize', () => {
    const double = {
      ...HEAP,
      samples: { ...HEAP.samples, values: HEAP.samples.values.map((column) => column.map((v) => v * 2)) },
    };
    const output = renderDiff(sides[0], { file: 'c', profile: double }, { normalize: true }, terminal);
    expect(output).toContain('nothing grew');
  });
});

describe('as a process', () => {
  let dir = '';
  const at = (name: string): string => join(dir, name);
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'hemostat-show-'));
    writeFileSync(at('heap.pb.gz'), writeProfile(HEAP));
    writeFileSync(at('later.pb.gz'), writeProfile(LATER));
    writeFileSync(at('page.pb.gz'), '<!DOCTYPE html><html><head><title>Sign in</title></head></html>\n');
    writeFileSync(at('empty'), '');
    writeFileSync(at('nothing.pb'), Uint8Array.of(0x32, 0));
    writeFileSync(at('cut.pb.gz'), writeProfile(HEAP).subarray(0, 200));
    writeFileSync(
      at('random'),
      Uint8Array.from({ length: 500 }, (_, i) => (i * 197 + 13) % 256),
    );
    writeFileSync(
      at('dump.gz'),
      gzipSync('panic: boom\n\ngoroutine 1 [chan send, 5 minutes]:\nmain.main()\n\t/a/main.go:5 +0x1\n'),
    );
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(hemostat, args, { encoding: 'utf8' });
  }

  it('shows and compares files', () => {
    expect(execFileSync(hemostat, ['show', at('heap.pb.gz')], { encoding: 'utf8' })).toContain('4MB  80.00%');
    expect(run('diff', at('heap.pb.gz'), at('later.pb.gz')).stdout).toContain(
      '5MB → 6.50MB, +1.50MB (30.00%) in 5 min',
    );
  });

  it('shows the last heap of a bundle', () => {
    const capture = { kind: 'heap', at: 1, ms: 1, bytes: 1, stopsTheWorld: false };
    const manifest = {
      schema: 'hemostat/bundle@1',
      target: { kind: 'files', description: 'files' },
      service: 's',
      instance: 'i',
      goVersion: null,
      mainModule: null,
      start: 1,
      end: 2,
      planned: { windowMs: 1, snapshots: 2 },
      interrupted: false,
      load: null,
      notes: [],
      captures: [
        { ...capture, file: 'heap.pb.gz', snapshot: 0 },
        { ...capture, file: 'later.pb.gz', snapshot: 1 },
      ],
    };
    writeFileSync(at('manifest.json'), JSON.stringify(manifest));
    expect(run('show', dir).stdout).toContain('later.pb.gz: inuse_space 6.50MB');
    expect(run('diff', at('heap.pb.gz'), dir).stdout).toContain('+1.50MB');
  });

  it('shows a gzipped goroutine dump', () => {
    expect(run('show', at('dump.gz')).stdout).toContain('chan send');
  });

  it.each([
    ['missing', /missing does not exist; check the path\n$/],
    ['page.pb.gz', /page.pb.gz: this is an HTML page, not a profile .* at byte 0\n$/],
    ['empty', /empty: the file is empty/],
    ['nothing.pb', /nothing.pb is an empty profile: it has no sample types\n$/],
    ['cut.pb.gz', /cut.pb.gz: the gzip data is cut off; fetch the file again: it ends at byte 200\n$/],
    ['random', /random: not a valid pprof profile: .* at byte \d+\n$/],
  ])('%s: one sentence and exit code 3', (name, sentence) => {
    const { status, stdout, stderr } = run('show', at(name));
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
  });

  it('takes wrong usage as exit code 2', () => {
    expect(run('show', at('heap.pb.gz'), '--focus', '(').status).toBe(2);
    expect(run('show', '--nope').status).toBe(2);
    expect(run('diff', at('heap.pb.gz')).status).toBe(2);
  });
});
