/** Fuzz targets of the response clock: the matrix that people write, the journal, what is handed in as JSON, rollback plans. */
import { EvidenceError } from '../src/evidence/error.ts';
import { readPlan } from '../src/guard/respond/artefacts/plan-file.ts';
import { advance } from '../src/guard/respond/clock.ts';
import { DEFAULT_MATRIX } from '../src/guard/respond/default-matrix.ts';
import { readIntake } from '../src/guard/respond/intake.ts';
import { HEADER, readLines, writeLine } from '../src/guard/respond/journal-lines.ts';
import { builtIn, parseMatrix } from '../src/guard/respond/matrix.ts';
import { event, findingOf, found } from '../src/guard/respond/testing.ts';
import { type FuzzTarget, refusing, textOf, utf8 } from './target.ts';

/** How guard refuses. */
const GUARD = ['GuardEvidenceError', 'GuardUsageError'];
const MIB = 1024 * 1024;
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const T = Date.UTC(2026, 10, 23);
/** Read once, and not on the allowance of the first input. */
const MATRIX = builtIn();

/** As in fuzz/watch.ts: a tree of nodes and tokens for every few bytes, read when a person changed it. */
const YAML_ALLOWANCE = (size: number): number => 32 * MIB + 8192 * size;
/** JSON, and zod's copy of it. */
const JSON_ALLOWANCE = (size: number): number => 16 * MIB + 2048 * size;

const DIAGNOSIS = {
  schema: 'hemostat/diagnosis@1',
  target: { service: 'shop', instance: '' },
  window: { start: '2026-11-23T08:00:00Z', seconds: 600, snapshots: 5 },
  findings: [findingOf()],
};
const REPORT = {
  schema: 'hemostat/guard@1',
  command: 'gate',
  at: '2026-11-23T08:00:00Z',
  parts: [{ part: 'deps', subject: 'package-lock.json' }],
  findings: [{ part: 'deps', standing: 'blocks', ...findingOf('high') }],
};

export const targets: readonly FuzzTarget[] = [
  {
    name: 'respond-matrix',
    seeds: () => [
      utf8(DEFAULT_MATRIX.split('\n').slice(0, 9).join('\n')),
      utf8(
        'schema: hemostat/respond@1\nhours: {zone: Europe/Berlin, holidays: [2026-12-25]}\nescalation: [{at: 0.5, tell: [a]}]\nreceivers: {a: {kind: slack, url-env: S}}\n',
      ),
    ],
    run: (input) =>
      refusing(GUARD, () => {
        const { matrix } = parseMatrix(textOf(input), 'matrix.yaml', ['goroutine-growth', 'fd-leak']);
        // What is accepted can be counted with.
        advance([found(T)], matrix, T + 3_600_000);
      }),
    allowance: YAML_ALLOWANCE,
  },
  {
    name: 'respond-journal',
    seeds: () => [
      utf8(HEADER + writeLine(found(T)) + writeLine(event(T + 1, { kind: 'closed', says: 'done' }))),
      utf8(HEADER + writeLine(event(T, { kind: 'paused', role: null, why: 'x' })).slice(0, -3)),
    ],
    run: (input) =>
      refusing(GUARD, () => {
        const { events, whole } = readLines(input, 0, 'events.jsonl');
        if (whole > input.length) throw new Error('more was read than there is');
        advance(events, MATRIX, T + 86_400_000);
        const again = readLines(Buffer.from(HEADER + events.map(writeLine).join('')), 0, 'again');
        if (JSON.stringify(again.events) !== JSON.stringify(events)) throw new Error('not read back as written');
      }),
    allowance: JSON_ALLOWANCE,
  },
  {
    name: 'respond-intake',
    seeds: () => [utf8(JSON.stringify(DIAGNOSIS)), utf8(JSON.stringify(REPORT))],
    run: (input) =>
      refusing(GUARD, () => {
        readIntake(textOf(input), 'found.json', { severity: 'low', verdict: 'suspected' });
      }),
    allowance: JSON_ALLOWANCE,
  },
  {
    name: 'respond-plan',
    seeds: () => [
      utf8(`---\nimage: registry.example/shop\ndigest: ${DIGEST}\n---\n1. Roll back.\n`),
      utf8(`image: a/b\ndigest: ${DIGEST}\nsteps: [undo]\ndiagnosis: d.json\n`),
    ],
    run: (input) => {
      const plan = readPlan(textOf(input), 'plan');
      if (typeof plan === 'string') throw new EvidenceError('guard', plan);
    },
    allowance: YAML_ALLOWANCE,
  },
];
