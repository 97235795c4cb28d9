/**
 * How often is continuous monitoring wrong? Simulated services are followed for days through their captures, as
 * `hemostat watch` does: node bench/alarms.ts [SERVICES] [DAYS] [SCENARIO]. Prints per scenario how many services had a
 * confirmed or a suspected finding at any time, and how long a leak took to be found.
 */
import { Analysis } from '../src/watch/analyse/analysis.ts';
import { type Scenario, SimulatedService } from '../src/watch/analyse/simulate.ts';

const MIB = 1024 * 1024;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);

const day = (hours: number): number => 100 * (1 + 0.6 * Math.sin((2 * Math.PI * hours) / 24));
/** Saws from 1 to 2 and back every `period` hours. */
const saw = (period: number) => (hours: number) => 1 + (hours % period) / period;

export const SCENARIOS: Readonly<Record<string, Scenario & { readonly metric?: boolean; readonly leaks?: boolean }>> = {
  steady: {},
  'daily load, metric known': { load: day, follows: true, metric: true },
  'daily load, no metric': { load: day, follows: true },
  'daily load, memory steady': { load: day, metric: true },
  'cache fills in 10 min': { memory: (h) => 1.5 - 0.5 * Math.exp(-6 * h), restartEvery: 48 },
  'cache fills in 1 h': { memory: (h) => 1.5 - 0.5 * Math.exp(-h), restartEvery: 48 },
  'cache fills in 6 h': { memory: (h) => 1.5 - 0.5 * Math.exp(-h / 6), restartEvery: 120 },
  'cache is flushed every 3 h': { memory: saw(3) },
  'cache is flushed every day': { memory: saw(24) },
  'restarted every 2 h': { restartEvery: 2 },
  'leak 1 MiB/h': { kept: (h) => h * MIB, leaks: true },
  'leak 10 MiB/h': { kept: (h) => 10 * h * MIB, leaks: true },
  'leak 10 MiB/h, daily load': { kept: (h) => 10 * h * MIB, load: day, follows: true, metric: true, leaks: true },
  'leak 200 MiB/h': { kept: (h) => 200 * h * MIB, leaks: true },
  'goroutines 10/h': { parked: (h) => 10 * h, leaks: true },
  'outside Go 20 MiB/h': { outside: (h) => 20 * h * MIB, leaks: true },
};

export interface Alarms {
  /** Hours until the first finding of each kind, per service; Infinity where there was none. */
  readonly confirmed: readonly number[];
  readonly suspected: readonly number[];
  /** Findings by rule, verdict and window: how many diagnoses had one. */
  readonly rules: ReadonlyMap<string, number>;
  readonly diagnoses: number;
}

/** `every`: minutes between captures. */
export function alarmsOf(
  scenario: Scenario & { readonly metric?: boolean },
  services: number,
  days: number,
  every = 5,
): Alarms {
  const confirmed: number[] = [];
  const suspected: number[] = [];
  const rules = new Map<string, number>();
  let diagnoses = 0;
  for (let seed = 1; seed <= services; seed++) {
    const service = new SimulatedService(scenario, seed);
    const analysis = new Analysis();
    const load =
      scenario.metric === true ? { metric: 'requests_total', kind: 'counter' as const, guessed: false } : null;
    const subject = { service: 'simulated', instance: String(seed), goVersion: null, load };
    const first = { confirmed: Infinity, suspected: Infinity };
    for (let minute = every; minute <= days * 24 * 60; minute += every) {
      const hours = minute / 60;
      const captured = service.capture(START + hours * HOUR, hours);
      const { load: _, ...metrics } = captured.metrics;
      const summary = load === null ? { ...captured, metrics } : captured;
      for (const { window, diagnosis } of analysis.follow(summary, subject).windows) {
        diagnoses++;
        for (const { verdict, rule } of diagnosis.findings) {
          if (verdict === 'cleared') continue;
          const kind = verdict === 'suspected' ? 'suspected' : 'confirmed';
          first[kind] = Math.min(first[kind], hours);
          const name = `${kind} ${rule} ${window}`;
          rules.set(name, (rules.get(name) ?? 0) + 1);
        }
      }
    }
    confirmed.push(first.confirmed);
    suspected.push(first.suspected);
  }
  return { confirmed, suspected, rules, diagnoses };
}

if (import.meta.main) {
  const [services = '20', days = '7', only = ''] = process.argv.slice(2);
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    if (!name.includes(only)) continue;
    const { confirmed, suspected, rules, diagnoses } = alarmsOf(scenario, Number(services), Number(days));
    const found = (hours: readonly number[]): string => {
      const finite = hours.filter((hour) => hour < Infinity).sort((a, b) => a - b);
      const median = finite[Math.floor(finite.length / 2)];
      return `${finite.length}/${hours.length}${median === undefined ? '' : ` (median after ${median.toFixed(1)} h)`}`;
    };
    console.log(`${name}: confirmed ${found(confirmed)}, suspected ${found(suspected)}, ${diagnoses} diagnoses`);
    for (const [rule, count] of [...rules].sort((a, b) => b[1] - a[1]).slice(0, 8))
      console.log(`    ${rule}: ${count}`);
  }
}
