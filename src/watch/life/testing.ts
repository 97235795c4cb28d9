/**
 * Measurements from small text, for tests. One line is one measurement:
 *
 *     90m a v1 up=3h  1h:confirmed@100 6h:suspected  → open opened
 *
 * time, instance, build, how long its process has run, and the windows: what each shows of the one finding (a verdict, MiB
 * per hour behind `@`, or `-` for nothing), with `/LEG=SNAPSHOTS` where not 12 heap profiles. Behind the arrow: the state
 * of the record after it (`none`: no record) and the kind of the event, if any.
 */

import { fingerprint } from '../../findings/fingerprint.ts';
import type { Finding, Leg, Severity, Verdict } from '../../findings/model.ts';
import type { WindowDiagnosis } from '../analyse/analyst.ts';
import { type FindingRecord, type TargetInfo, WINDOWS, type WindowName } from '../model.ts';
import type { LifeChange, Measurement } from './life.ts';

const MIB = 1024 * 1024;
export const WHERE = { function: 'example.com/shop.(*Index).Add', file: '/src/shop/index.go', line: 42 };

export function targetOf(instance: string, service = 'shop'): TargetInfo {
  const id = Buffer.from(`${service}/${instance}`).toString('hex').padEnd(16, '0').slice(0, 16);
  const url = `http://${instance}.example`;
  return { id, environment: 'prod', service, instance, url, from: 'static', labels: {} };
}

export interface Shown {
  readonly verdict: Verdict;
  /** MiB per hour. */
  readonly rate: number;
  readonly severity?: Severity;
  /** Other than the one finding of most tests. */
  readonly name?: string;
  readonly legs?: readonly Leg[];
}

export function findingOf(instance: string, shown: Shown): Finding {
  const where = shown.name === undefined ? WHERE : { ...WHERE, function: shown.name };
  const perHour = shown.rate * MIB;
  return {
    rule: 'map-growth',
    verdict: shown.verdict,
    severity: shown.severity ?? 'medium',
    title: `a map only grows at ${where.function}`,
    where,
    subject: { service: 'shop', instance },
    count: null,
    growth: { perHour, low: 0.9 * perHour, high: 1.1 * perHour, pValue: 0.001, timeToLimit: null, limit: null },
    holds: { bytes: 64 * MIB, objects: 1000 },
    chain: [{ kind: 'allocated-at', text: 'allocated in', where }],
    evidence: (shown.legs ?? ['heap', 'gc']).map((leg) => ({ leg, says: 'it grows', numbers: [], captures: [] })),
    fix: { text: 'Bound the map.' },
    fingerprint: fingerprint('map-growth', where.function, 'map-growth'),
  };
}

export interface WindowWords {
  readonly name: WindowName;
  /** ms; as long as its name says, or as the process has lived. */
  readonly spanMs?: number;
  readonly shows: readonly Shown[];
  readonly legs: Readonly<Partial<Record<Leg, number>>>;
  readonly load?: number;
  readonly warmUpMs?: number;
}

export function windowOf(instance: string, at: number, aliveMs: number, words: WindowWords): WindowDiagnosis {
  const from = at - (words.spanMs ?? Math.min(WINDOWS[words.name], aliveMs));
  const load = words.load === undefined ? [] : [words.load];
  return {
    window: words.name,
    from,
    to: at,
    base: `${from.toString(36)}-00000000`,
    head: `${at.toString(36)}-00000000`,
    snapshots: Math.max(0, ...Object.values(words.legs)),
    aliveMs,
    ...(words.warmUpMs === undefined ? {} : { warmUpMs: words.warmUpMs }),
    legs: words.legs,
    diagnosis: {
      schema: 'hemostat/diagnosis@1',
      verdict: '',
      target: { service: 'shop', instance, goVersion: null },
      window: { start: new Date(from).toISOString(), seconds: (at - from) / 1000, snapshots: 12 },
      findings: words.shows.map((shown) => findingOf(instance, shown)),
      series: load.length === 0 ? [] : [{ name: 'load', unit: '1/s', at: [0], value: load }],
      ledger: null,
      notes: [],
    },
  };
}

export interface Row {
  readonly line: string;
  readonly measurement: Measurement;
  readonly state: string;
  readonly event: string;
}

/** `current`: instances that discovery names from a time on, `0m a b` a line; all that occur where it is not given. */
export function readTable(text: string, current = ''): Row[] {
  const lines = rowsOf(text);
  const changes = rowsOf(current).map((line) => {
    const [at = '', ...names] = line.split(/\s+/);
    return { at: duration(at), names };
  });
  const everybody = [...new Set(lines.map((line) => line.split(/\s+/)[1] ?? ''))];
  return lines.map((line) => {
    const [left = '', right = ''] = line.split('→').map((part) => part.trim());
    const [time = '', instance = '', build = '', up = '', ...words] = left.split(/\s+/);
    const at = duration(time);
    const names = changes.findLast((change) => change.at <= at)?.names ?? everybody;
    const aliveMs = duration(up.replace('up=', ''));
    const [state = '', event = ''] = right.split(/\s+/);
    const measurement: Measurement = {
      target: targetOf(instance),
      at,
      build: build === '?' ? null : build,
      windows: words.map((word) => windowOf(instance, at, aliveMs, readWindow(word))),
      current: new Set(names.map((name) => targetOf(name).id)),
    };
    return { line, measurement, state, event };
  });
}

/** `1h:confirmed@100`, `1h=20m:-/goroutine=12`, `6h:-/load=40`, `1h:confirmed/warm=45` (seconds). */
function readWindow(word: string): WindowWords {
  const [, name = '', , span, what = '', , rate, more = ''] =
    /^(1h|6h|24h|7d)(=(\w+))?:([a-z]+|-)(@(\d+))?(.*)$/.exec(word) ?? [];
  const windowName = (['1h', '6h', '24h', '7d'] as const).find((each) => each === name);
  const verdict = (['proven', 'confirmed', 'suspected', 'cleared'] as const).find((each) => each === what);
  if (windowName === undefined || (verdict === undefined && what !== '-')) throw new Error(`no window: ${word}`);
  const options = new Map(
    more
      .split('/')
      .flatMap((part) => (part === '' ? [] : [[...part.split('=')] as const]))
      .map(([key = '', value]) => [key, Number(value)]),
  );
  const severity = (['critical', 'high', 'medium', 'low'] as const).find((each) => options.has(each));
  const shown =
    verdict === undefined
      ? []
      : [{ verdict, rate: Number(rate ?? 100), ...(severity === undefined ? {} : { severity }) }];
  const others = options.get('other');
  const load = options.get('load');
  const warm = options.get('warm');
  const legs = {
    heap: options.get('heap') ?? 12,
    gc: options.get('heap') ?? 12,
    goroutine: options.get('goroutine') ?? 12,
  };
  return {
    name: windowName,
    ...(span === undefined ? {} : { spanMs: duration(span) }),
    shows:
      others === undefined ? shown : [...shown, { verdict: 'confirmed', rate: others, name: 'example.com/shop.Other' }],
    legs,
    ...(load === undefined ? {} : { load }),
    ...(warm === undefined ? {} : { warmUpMs: warm * 1000 }),
  };
}

function rowsOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function duration(text: string): number {
  const [, number = '', unit = ''] = /^(-?[\d.]+)(s|m|h|d)$/.exec(text) ?? [];
  const ms = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit];
  if (ms === undefined) throw new Error(`no duration: ${text}`);
  return Number(number) * ms;
}

/** What the store does with a change. */
export function apply(records: Map<string, FindingRecord>, change: LifeChange): void {
  for (const record of change.findings) records.set(record.id, record);
}
