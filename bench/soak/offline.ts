/**
 * The soak without network, clock or store: the farm's own services go straight through the analysis and the life of
 * findings in virtual time, which takes a minute instead of ten: `node bench/soak/offline.ts [--seeds 1,2,3] [--minutes 10]
 * [--targets 1000] [--leaks 30] [--loads 20] [--only svc-0042]`. Says for each seed what was missed and what was taken for a leak.
 */
import { parseArgs } from 'node:util';
import { prometheusPage } from '../../src/collect/load.ts';
import { cutGoroutines, cutHeap } from '../../src/diagnose/cut.ts';
import { summariseDump, summariseGoroutines, withWaits } from '../../src/diagnose/goroutine-summary.ts';
import { summariseHeap } from '../../src/diagnose/heap-summary.ts';
import { readGoroutineDump } from '../../src/evidence/goroutines/read.ts';
import { readPrometheus } from '../../src/evidence/memstats/prometheus.ts';
import { Analysis } from '../../src/watch/analyse/analysis.ts';
import { metricsOf } from '../../src/watch/analyse/metrics.ts';
import { LoadChoice } from '../../src/watch/capture/load-choice.ts';
import { advance } from '../../src/watch/life/advance.ts';
import type { CaptureSummary, FindingRecord, TargetInfo } from '../../src/watch/model.ts';
import { nextProfile } from '../../src/watch/schedule/timing.ts';
import { makeTargets, type Target, truthOf } from '../soak-farm/farm.ts';
import { Random } from '../soak-farm/random.ts';
import { dumpPage, goroutineProfile, heapProfile, metricsPage } from '../soak-farm/render.ts';
import { KINDS, loadTemplate } from '../soak-farm/template.ts';
import { type Judged, judge } from './judge.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '10' },
    targets: { type: 'string', default: '1000' },
    leaks: { type: 'string', default: '30' },
    loads: { type: 'string', default: '20' },
    restarts: { type: 'string', default: '5' },
    /** Only this service, and all that was diagnosed of it. */
    only: { type: 'string' },
  },
});
const EVERY_MS = 60_000;
/** See DEEP_EVERY_MS of the schedule: more than a soak is long. */
const DEEP_AFTER_MS = 1_000;
const BEGAN = Date.UTC(2026, 0, 1);
/** As src/watch/analyse/parts.ts keeps of a cluster. */
const IDS = 1000;
const LOAD = 'http_requests_total';

const templates = new Map(KINDS.map((kind) => [kind, loadTemplate(kind)]));
for (const seed of values.seeds.split(',').map(Number)) soak(seed);

function soak(seed: number): void {
  const count = (name: 'targets' | 'leaks' | 'loads' | 'restarts') => Number(values[name]);
  const targets = makeTargets(
    {
      ...{ targets: count('targets'), leaks: count('leaks'), loads: count('loads'), restarts: count('restarts') },
      ...{ seed, script: false },
    },
    templates,
  );
  const analysis = new Analysis();
  const judged: Judged[] = [];
  let captures = 0;
  for (const [index, target] of targets.entries()) {
    if (values.only !== undefined && values.only !== target.service) continue;
    const random = new Random((seed + 7919 * (index + 1)) ^ 0x5eed);
    const records = new Map<string, FindingRecord>();
    captures += follow(target, analysis, records, random);
    for (const { state, verdict, service, rule, finding } of records.values())
      judged.push({ state, verdict, service, rule, title: finding.title, where: finding.where });
  }
  const { found, leaks, confirmed, missed, others, othersConfirmed } = judge(targets.map(truthOf), judged);
  console.log(
    `seed ${seed}: ${found} of ${leaks} leaks found (${confirmed} confirmed), ${others.length} of ${targets.length - leaks} others taken for one (${othersConfirmed} confirmed), ${captures} captures`,
  );
  for (const line of [...missed, ...others]) console.log(`  ${line}`);
}

/** Ten minutes of one service, as the server would see them. Gives the captures taken. */
function follow(target: Target, analysis: Analysis, records: Map<string, FindingRecord>, random: Random): number {
  const { service } = target;
  const info: TargetInfo = {
    ...{ id: service, environment: 'farm', service, instance: `${service}-0` },
    ...{ url: '', from: 'farm', labels: {} },
  };
  const choice = new LoadChoice(LOAD);
  const shown: string[] = [];
  let captures = 0;
  let due = random.between(0, EVERY_MS);
  let deep: number | null = null;
  for (let now = due; now < Number(values.minutes) * 60_000; now = Math.min(due, deep ?? Infinity)) {
    const asDeep = now === deep;
    const summary = captured(target, choice, now, asDeep);
    const load = choice.metric;
    const { windows, deeper } = analysis.follow(summary, { service, instance: info.instance, goVersion: null, load });
    const measured = advance(records.values(), {
      ...{ target: info, at: summary.at, build: null, windows, current: new Set([info.id]) },
    });
    for (const record of measured.findings) records.set(record.id, record);
    captures++;
    if (deep === null && deeper !== null) deep = now + DEEP_AFTER_MS;
    else if (asDeep) deep = Infinity;
    if (!asDeep || due - now <= EVERY_MS / 4) due = nextProfile(due, now, EVERY_MS, random.next());
    const says = windows.flatMap(({ diagnosis }) =>
      diagnosis.findings.map(({ verdict, title }) => `${verdict}: ${title}`),
    );
    if (windows.length > 0)
      shown.push(`    ${Math.round(now / 1000)} s: ${says.length === 0 ? 'nothing' : says.join(' | ')}`);
  }
  if (values.only !== undefined) console.log([`${service} (${target.simulation.character.kind})`, ...shown].join('\n'));
  analysis.forget(info.id);
  return captures;
}

/** What the server would make of a visit `ms` after the farm's start. */
function captured(
  { service, simulation, collections }: Target,
  choice: LoadChoice,
  ms: number,
  deep: boolean,
): CaptureSummary {
  const at = BEGAN + ms;
  simulation.advance(ms);
  collections.forcedAt = ms;
  collections.forced++;
  const heap = cutHeap(summariseHeap(heapProfile(simulation)));
  const page = readPrometheus(Buffer.from(metricsPage(simulation, collections, ms, at)));
  const plain = cutGoroutines(summariseGoroutines(goroutineProfile(simulation)));
  const dump = deep ? summariseDump(readGoroutineDump(Buffer.from(dumpPage(simulation, ms)))) : null;
  const goroutines = dump === null ? plain : withWaits(plain, dump, IDS);
  const load = choice.read([prometheusPage(page)]);
  const metrics = {
    ...metricsOf(page.memstats, null, { forced: true }),
    ...(load === null ? {} : { load }),
    goroutines: goroutines.total,
  };
  return {
    ...{ capture: `${ms}`, target: service, at, build: null },
    startedAt: metrics.start_time_seconds ?? null,
    ...{ heap, goroutines, leaks: null, metrics },
  };
}
