import { expect, test } from 'vitest';
import type { Finding } from '../../findings/model.ts';
import type { FindingRecord, WindowName } from '../model.ts';
import { acknowledge, silence, unacknowledge, unsilence } from './actions.ts';
import { advance } from './advance.ts';
import { apply, findingOf, readTable, targetOf, WHERE, windowOf } from './testing.ts';

/** Runs a table; every line must give the state and the event behind its arrow. Gives the one record, if any. */
function run(text: string, current = ''): FindingRecord {
  const records = new Map<string, FindingRecord>();
  const said: string[] = [];
  for (const { line, measurement } of readTable(text, current)) {
    const change = advance(records.values(), measurement);
    apply(records, change);
    const [record] = [...records.values()].filter((each) => each.finding.where.function.endsWith('Add'));
    const events = change.events.filter((event) => event.finding === record?.id).map((event) => event.kind);
    said.push(`${line.split('→')[0]?.trim()} → ${[record?.state ?? 'none', ...events].join(' ')}`);
  }
  const wanted = readTable(text).map(({ line }) =>
    line
      .split('→')
      .map((part) => part.trim())
      .join(' → '),
  );
  expect(said).toEqual(wanted);
  const [record] = records.values();
  if (record === undefined) throw new Error('there is no record');
  return record;
}

test('what two measurements in a row confirm is opened, what only one does is suspected', () => {
  const record = run(`
    10m a v1 up=2h  1h=20m:confirmed → open
    15m a v1 up=2h  1h=25m:-         → open
    20m a v1 up=2h  1h=30m:confirmed → open
    25m a v1 up=2h  1h=35m:confirmed → open opened
    30m a v1 up=2h  1h=40m:confirmed → open
  `);
  expect(record.verdict).toBe('confirmed');
  expect(record.firstSeen).toBe(600_000);
  expect(record.firstBuild).toBe('v1');
  expect(record.instances).toEqual([targetOf('a').id]);
});

test('a suspicion goes when the window that had it goes on without it, twice; what was told stays', () => {
  const record = run(`
    10m a v1 up=2h  1h=20m:suspected → open
    15m a v1 up=2h  1h=25m:-         → open
    20m a v1 up=2h  1h=30m:suspected → open
    25m a v1 up=2h  1h=35m:-         → open
    26m a v1 up=2h  6h=2h:-          → open
    30m a v1 up=2h  1h=40m:-/heap=5  → open
    35m a v1 up=2h  1h=45m:-         → resolved
    40m a v1 up=2h  1h=50m:suspected → open
  `);
  expect(record.resolvedAt).toBeNull();
  run(`
    10m a v1 up=2h  1h=20m:confirmed → open
    15m a v1 up=2h  1h=25m:confirmed → open opened
    20m a v1 up=2h  1h=30m:-         → open
    25m a v1 up=2h  1h=35m:-         → open
    30m a v1 up=2h  1h=40m:-         → open
  `);
});

test('two instances do not make a row, and one of each does not open it', () => {
  const record = run(`
    10m a v1 up=2h  1h=20m:confirmed → open
    11m b v1 up=2h  1h=20m:confirmed@200 → open
    15m a v1 up=2h  1h=25m:suspected → open
    16m b v1 up=2h  1h=25m:confirmed@200 → open opened
  `);
  expect(record.instances).toEqual([targetOf('b').id, targetOf('a').id]);
  expect(record.finding.subject.instance).toBe('b');
});

test('a proof and a long window open at once; what is suspected never does', () => {
  run('5m a v1 up=5m  1h:proven → open opened');
  run('60m a v1 up=60m  1h:confirmed → open opened');
  const record = run(`
    60m a v1 up=9h  1h:suspected 6h:suspected → open
    65m a v1 up=9h  1h:suspected 6h:suspected → open
  `);
  expect(record.verdict).toBe('suspected');
});

test('a fresh process must go on growing for half as long again', () => {
  run(`
    60s a v1 up=60s  1h:confirmed → open
    75s a v1 up=75s  1h:confirmed → open
    90s a v1 up=90s  1h:confirmed → open opened
  `);
  // A cache that fills: seen twice, then it levels off and the window says so.
  run(`
    60s a v1 up=60s  1h:confirmed → open
    75s a v1 up=75s  1h:confirmed → open
    90s a v1 up=90s  1h:cleared   → open
    105s a v1 up=105s  1h:-       → open
  `);
});

test('how long it is fresh comes from its schedule', () => {
  run(`
    2m   a v1 up=2m   1h=60s:confirmed/warm=45 → open
    130s a v1 up=130s 1h=70s:confirmed/warm=45 → open opened
  `);
  run(`
    2m   a v1 up=2m   1h=60s:confirmed/warm=75 → open
    130s a v1 up=130s 1h=70s:confirmed/warm=75 → open
    150s a v1 up=150s 1h=80s:confirmed/warm=75 → open opened
  `);
});

test('windows that reach back behind a restart are not listened to', () => {
  const record = run(`
    2h a v1 up=3h  1h:confirmed           → open opened
    3h a v1 up=10m 1h=60m:proven@900/critical → open
  `);
  expect(record.lastSeen).toBe(7_200_000);
  expect(record.severity).toBe('medium');
});

test('the most certain window counts, then the longest, then the costliest', () => {
  const record = run('24h a v1 up=9d  1h:suspected@900 6h:confirmed@10 24h:confirmed@20 7d:suspected@5 → open opened');
  expect(record.window).toBe('24h');
  expect(record.memory?.sightings[0]?.spanMs).toBe(6 * 3_600_000);
});

test('it resolves when a window as long, all of it later, shows nothing', () => {
  const record = run(`
    2h   a v1 up=3h  1h:confirmed → open opened
    2.5h a v1 up=3h  1h:-         → open
    2.9h a v1 up=3h  1h:-         → open
    3h   a v1 up=4h  1h:-         → resolved resolved
    4h   a v1 up=5h  1h:-         → resolved
  `);
  expect(record.resolvedBy).toBe(
    'Nothing grows at example.com/shop.(*Index).Add any more on a in build v1 over 1 h (12 snapshots); it had grown by 100 MiB/h.',
  );
  expect(record.resolvedAt).toBe(3 * 3_600_000);
});

test('a window that was too short, not looked at, under little load, or full of something larger does not resolve', () => {
  run(`
    8h  a v1 up=9h  6h:confirmed         → open opened
    10h a v1 up=11h 1h:-                 → open
    14h a v1 up=15h 6h:-/heap=0          → open
    20h a v1 up=21h 6h:-/heap=5          → open
    26h a v1 up=27h 6h:-/other=4000      → open
    32h a v1 up=33h 6h:-/other=200       → resolved resolved
  `);
  run(`
    2h a v1 up=3h 1h:confirmed/load=100 → open opened
    3h a v1 up=4h 1h:-/load=40          → open
    4h a v1 up=5h 1h:-/load=60          → resolved resolved
  `);
});

test('a new build resolves it after as long a window, and comes back as regressed with its build', () => {
  const record = run(`
    30m a v1 up=30m  1h=20m:confirmed → open
    35m a v1 up=35m  1h=25m:confirmed → open opened
    50m a v2 up=10m  1h=10m:-         → open
    59m a v2 up=23m  1h=23m:-         → resolved resolved
    3h  a v3 up=1h   1h=50m:confirmed → regressed regressed
  `);
  expect(record.lastBuild).toBe('v3');
  expect(record.firstBuild).toBe('v1');
});

test('every instance that had it must be measured; one that only does not answer keeps it open', () => {
  run(`
    2h a v1 up=3h 1h:confirmed → open opened
    2h b v1 up=3h 1h:confirmed → open
    4h a v1 up=5h 1h:-         → open
    9h a v2 up=2h 1h:-         → open
  `);
});

test('instances that a deploy replaced are done with when the new build was measured, and without a deploy not', () => {
  run(
    `
    2h a v1 up=3h 1h:confirmed → open opened
    2h b v1 up=3h 1h:confirmed → open
    4h c v1 up=2h 1h:-         → open
    5h d v2 up=2h 1h:-         → resolved resolved
  `,
    `0h a b c
     3h c d`,
  );
});

test('it worsens by verdict, severity, and a doubled rate, in two measurements, and not again for the same', () => {
  const record = run(`
    2h    a v1 up=9h 1h:confirmed@100         → open opened
    2.1h  a v1 up=9h 1h:confirmed@150         → open
    2.2h  a v1 up=9h 1h:confirmed@300         → open
    2.3h  a v1 up=9h 1h:confirmed@150         → open
    2.4h  a v1 up=9h 1h:confirmed@300         → open
    2.5h  a v1 up=9h 1h:confirmed@300         → open worsened
    2.6h  a v1 up=9h 1h:confirmed@100         → open
    2.7h  a v1 up=9h 1h:confirmed@300         → open
    2.8h  a v1 up=9h 1h:confirmed@300         → open
    2.9h  a v1 up=9h 1h:confirmed@300/high    → open
    3.0h  a v1 up=9h 1h:confirmed@300/high    → open worsened
    3.1h  a v1 up=9h 1h:proven@300/high       → open worsened
    3.2h  a v1 up=9h 1h:suspected@300         → open
  `);
  expect(record.verdict).toBe('proven');
  expect(record.finding.verdict).toBe('proven');
});

test('what was only suspected goes without a word and comes back as new', () => {
  const record = run(`
    2h a v1 up=3h 1h:suspected → open
    3h a v1 up=4h 1h:-         → resolved
    4h a v1 up=5h 1h:suspected → open
    5h a v1 up=6h 1h:confirmed → open opened
  `);
  expect(record.resolvedAt).toBeNull();
});

test('after it was resolved one measurement that does not stand changes nothing', () => {
  run(`
    2h    a v1 up=9h 1h:confirmed      → open opened
    3h    a v1 up=9h 1h:-              → resolved resolved
    3.1h  a v1 up=9h 1h=10m:confirmed  → resolved
    3.2h  a v1 up=9h 1h=10m:suspected  → resolved
    3.3h  a v1 up=9h 1h=10m:-          → resolved
    3.4h  a v1 up=9h 1h=10m:confirmed  → resolved
    3.5h  a v1 up=9h 1h=10m:confirmed  → regressed regressed
  `);
});

test('the clock steps back: times of a record do not', () => {
  const record = run(`
    5h a v1 up=9h 1h:confirmed → open opened
    2h a v1 up=9h 1h:confirmed → open
    3h a v1 up=9h 1h:-         → resolved resolved
  `);
  expect(record.lastSeen).toBe(5 * 3_600_000);
  expect(record.lastMeasured).toBe(5 * 3_600_000);
});

test('a person acknowledges, takes it back, silences; a finding that came back is not acknowledged any more', () => {
  const records = new Map<string, FindingRecord>();
  const rows = readTable(`
    2h a v1 up=9h 1h:confirmed → open
    3h a v1 up=9h 1h:-         → resolved
    4h a v1 up=9h 1h:confirmed → regressed
  `);
  const step = (row: number): FindingRecord => {
    const measurement = rows[row]?.measurement;
    if (measurement !== undefined) apply(records, advance(records.values(), measurement));
    const [record] = records.values();
    if (record === undefined) throw new Error('there is no record');
    return record;
  };
  const acked = acknowledge(step(0), 'ada', 'on it', 8_000_000);
  apply(records, acked);
  expect(acked.events).toMatchObject([{ kind: 'acknowledged', says: 'ada has acknowledged it: on it' }]);
  expect(step(1)).toMatchObject({ state: 'resolved' });
  expect(acknowledge(step(1), 'ada', '', 8_000_001)).toEqual({ findings: [], events: [] });
  expect(step(2)).toMatchObject({ state: 'regressed', acknowledged: null });
  apply(records, acknowledge(step(2), 'ada', '', 9_000_000));
  apply(records, unacknowledge(step(2), 'ada', 9_000_001));
  expect(step(2)).toMatchObject({ state: 'regressed', acknowledged: null });
  const quiet = silence(step(2), 'ada', 'deploy', 10_000_000, 9_000_002);
  expect(quiet.silence).toMatchObject({ service: 'shop', environment: 'prod', until: 10_000_000 });
  expect(quiet.findings).toMatchObject([{ silencedUntil: 10_000_000 }]);
  apply(records, quiet);
  const everywhere = { ...quiet.silence, id: 'all', fingerprint: '' };
  const loud = unsilence(step(2), [quiet.silence, everywhere], 'bob', 9_000_003);
  expect(loud?.silences).toEqual([{ ...quiet.silence, until: 9_000_003 }]);
  expect(loud?.findings).toMatchObject([{ silencedUntil: null }]);
  expect(unsilence(step(2), [everywhere], 'bob', 9_000_003)).toBeNull();
});

test('memory that goroutines hold goes on growing, whichever of the windows joins the two', () => {
  const target = targetOf('a');
  const heap = { verdict: 'confirmed', rate: 100 } as const;
  const minutes = (at: number, shows: readonly (readonly [WindowName, readonly Finding[]])[]) => {
    const windows = shows.map(([name, findings]) => {
      const window = windowOf('a', at * 60_000, 9 * 3_600_000, {
        name,
        spanMs: 1_800_000,
        shows: [],
        legs: { heap: 12 },
      });
      return { ...window, diagnosis: { ...window.diagnosis, findings } };
    });
    return { target, at: at * 60_000, build: 'v1', windows, current: new Set([target.id]) };
  };
  const site = findingOf('a', heap);
  const chain = [{ kind: 'allocated-at', text: 'each keeps about 1 allocated at', where: WHERE }] as const;
  const parked = { ...findingOf('a', { ...heap, name: 'main.wait' }), chain };
  const records = new Map<string, FindingRecord>();
  const state = (measurement: ReturnType<typeof minutes>) => {
    apply(records, advance(records.values(), measurement));
    return [...records.values()].find(({ fingerprint }) => fingerprint === site.fingerprint)?.state;
  };
  expect(state(minutes(60, [['1h', [site]]]))).toBe('open');
  expect(state(minutes(65, [['1h', [site]]]))).toBe('open');
  const joined = minutes(120, [
    ['1h', []],
    ['6h', [parked]],
  ]);
  expect(state(joined)).toBe('open');
  expect(state(minutes(125, [['1h', []]]))).toBe('resolved');
});
