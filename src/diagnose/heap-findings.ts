/**
 * Findings about memory that something long-lived keeps (S2, S3, S6): the site that allocates, what kind of holder the
 * stack betrays, and whether the live heap agrees.
 */
import type { ChainStep, EvidenceItem, Finding } from '../findings/model.ts';
import { formatBytes, formatCount, formatDuration } from '../findings/units.ts';
import {
  type Case,
  clearedByLoad,
  finding,
  gcEvidence,
  kindOf,
  placeName,
  possibleHolders,
  pressureEvidence,
  pText,
  quantity,
  rssEvidence,
  verdictOf,
} from './case.ts';
import { explainedByLoad, growthOf, trendOf } from './growth.ts';
import { type GrowingSite, holds } from './link.ts';
import { packageOf, shortFunction } from './packages.ts';
import { RULE_OF_KIND } from './rules.ts';
import type { Site } from './sites.ts';
import { type Frame, userFrame } from './stacks.ts';
import type { SiteKind } from './summary.ts';

/** Sites with less than this share of the live heap's growth are left to the larger ones. */
const SHARE_WORTH_NAMING = 0.05;

/** `free`: growing sites that no goroutine finding accounts for, heaviest first. */
export function heapFindings(found: Case, free: readonly GrowingSite[]): Finding[] {
  const grownLive = found.signals.liveHeap.trend.last - found.signals.liveHeap.trend.first;
  const groups = groupByHolder(found, free);
  // Without the live heap (plain files) the sites themselves are the whole.
  const whole = Math.max(grownLive, free.reduce((sum, site) => sum + site.grown, 0) / 2);
  return groups
    .filter((group, rank) => rank === 0 || total(group) >= SHARE_WORTH_NAMING * whole)
    .map((group) => siteFinding(found, group, grownLive));
}

interface Group {
  /** The site that the finding is about: the holder where one shows, else the allocation. */
  readonly lead: GrowingSite;
  readonly kept: readonly GrowingSite[];
  readonly kind: SiteKind;
}

function total(group: Group): number {
  return group.lead.grown + group.kept.reduce((sum, site) => sum + site.grown, 0);
}

/**
 * A map that grows and the values that are put into it are one leak; so are a timer and what its function captures.
 * Holders take the plain sites that share code with them; what is left stands for itself, one finding a function.
 */
function groupByHolder(found: Case, free: readonly GrowingSite[]): Group[] {
  const taken = new Set<GrowingSite>();
  const groups: Group[] = [];
  for (const { site: lead, others } of mergeByFunction(possibleHolders(found))) {
    const kept = free.filter((site) => {
      if (taken.has(site) || site === lead || others.includes(site)) return false;
      const plain = kindOf(site.site) === 'heap' || site.site.where.function === lead.site.where.function;
      return plain && holds(lead, site, found.common);
    });
    // A holder that does not grow beyond noise itself says something only about what it holds.
    if (kept.length === 0 && !free.includes(lead) && !others.some((other) => free.includes(other))) continue;
    for (const site of [lead, ...others, ...kept]) taken.add(site);
    groups.push(heaviestOfPool({ lead, kept: [...kept, ...others], kind: kindOf(lead.site) }));
  }
  const plain = free.filter((site) => !taken.has(site));
  const takers = new Set(found.sites.flatMap((site) => [...site.poolUsers]));
  for (const { site, others } of mergeByFunction(plain)) {
    const pooled = kindOf(site.site) === 'heap' && growsInPlace(site.site) && usesPool(site.site, takers);
    groups.push({ lead: site, kept: others, kind: pooled ? 'pool' : kindOf(site.site) });
  }
  return groups.sort((a, b) => Number(b.lead.site.owned) - Number(a.lead.site.owned) || total(b) - total(a));
}

/** Pool.New only makes the objects; where they grow afterwards is the place to look at, if that weighs more. */
function heaviestOfPool(group: Group): Group {
  if (group.kind !== 'pool') return group;
  const [lead = group.lead, ...kept] = [group.lead, ...group.kept].sort((a, b) => b.grown - a.grown);
  return { ...group, lead, kept };
}

/** Append or Buffer.grow: an object that is there already gets larger. */
function growsInPlace(site: Site): boolean {
  if (site.via !== '') return /^(bytes\.|slices\.Grow|strings\.\(\*Builder\))/.test(site.via);
  return site.allocator === '' || site.allocator.startsWith('runtime.growslice');
}

/** Is one of the functions on its stacks also one that takes objects from a sync.Pool? */
function usesPool(site: Site, takers: ReadonlySet<string>): boolean {
  for (const name of site.functions) if (takers.has(name)) return true;
  return false;
}

/** Several lines of one function (a struct, its key, its slice) are one place to a person; the heaviest line speaks. */
function mergeByFunction(sites: readonly GrowingSite[]): { site: GrowingSite; others: GrowingSite[] }[] {
  const byFunction = new Map<string, { site: GrowingSite; others: GrowingSite[] }>();
  for (const site of sites) {
    const key = `${kindOf(site.site)}\0${site.site.where.function}`;
    const group = byFunction.get(key);
    if (group === undefined) byFunction.set(key, { site, others: [] });
    else group.others.push(site);
  }
  return [...byFunction.values()];
}

function siteFinding(found: Case, group: Group, grownLive: number): Finding {
  const { lead, kept, kind } = group;
  const all = [lead, ...kept];
  const bytes = Float64Array.from(found.at, (_, i) => all.reduce((sum, { site }) => sum + (site.bytes[i] ?? 0), 0));
  const trend = trendOf(found.at, bytes, 0);
  const noise = Math.hypot(...all.map((site) => site.noise));
  const grown = total(group);
  const heap: EvidenceItem = {
    leg: 'heap',
    says: `bytes in use: ${formatBytes(trend.first)} → ${formatBytes(trend.last)} (+${formatBytes(grown)} ± ${formatBytes(1.96 * noise)} sampling${pText(trend.p)})`,
    numbers: [
      quantity('in use, first', trend.first, 'bytes'),
      quantity('in use, last', trend.last, 'bytes'),
      quantity('growth', grown, 'bytes', [grown - 1.96 * noise, grown + 1.96 * noise]),
    ],
    captures: found.snapshots.flatMap((snapshot) => (snapshot.heap === undefined ? [] : [snapshot.heap.file])),
  };
  const evidence: EvidenceItem[] = [heap];
  const agreeing = new Set<EvidenceItem['leg']>(['heap']);
  const gc = gcEvidence(found);
  if (gc !== null) evidence.push(gc);
  const pressure = pressureEvidence(found);
  if (pressure !== null) evidence.push(pressure);
  // The gc leg agrees where the live heap itself rises, by an amount that this site can be a part of.
  if (found.signals.liveHeap.trend.shape === 'rising' && grown <= 2 * grownLive + 4 * noise) agreeing.add('gc');
  const rss = rssEvidence(found);
  if (rss !== null) evidence.push(rss);
  const load = explainedByLoad(found.signals.load, found.at, bytes);
  if (load.kind !== 'no' || !found.signals.loadFrom.standIn)
    evidence.push({
      leg: 'load',
      says: `${found.signals.loadFrom.metric}: ${load.says}`,
      numbers: [],
      captures: found.signals.load.captures,
    });
  let verdict = verdictOf(found, evidence, agreeing);
  const levelled = levelledOff(found, grown, noise) && !risesOn(found, all);
  const growth = growthOf(trend, found.seconds, noise, found.used, found.limit);
  if (clearedByLoad(found, load, growth) || levelled) verdict = 'cleared';
  else if (verdict === 'confirmed' && (load.kind === 'confounded' || !lead.site.owned)) verdict = 'suspected';
  const rule = levelled ? 'plateau' : verdict === 'cleared' ? 'load-follows' : RULE_OF_KIND[kind];
  const via = shortFunction(lead.site.via === '' ? lead.site.allocator : lead.site.via);
  return finding(found, rule, via, {
    verdict,
    title: `${HOLDER[kind]} ${placeName(lead.site.where)}: +${formatBytes(grown)} in ${formatDuration(found.seconds)}${lead.grownObjects >= 1 ? `, ${formatCount(Math.round(lead.grownObjects))} objects more` : ''}${via === '' ? '' : `, by way of ${via}`}`,
    where: lead.site.where,
    count: null,
    growth,
    holds: {
      bytes: Math.round(trend.last),
      objects: Math.round(all.reduce((sum, { site }) => sum + (site.objects.at(-1) ?? 0), 0)),
    },
    chain: chainOf(group),
    evidence,
  });
}

/**
 * The live heap, which is counted, levelled off; a site, which is sampled, cannot have grown on beyond what it rose by
 * before. In a large heap the site may be too small to be seen in the whole, and then this says nothing.
 */
function levelledOff(found: Case, grown: number, noise: number): boolean {
  const { shape, first, last } = found.signals.liveHeap.trend;
  return (
    (shape === 'plateau' || shape === 'drained') && grown > 0.2 * (last - first) && grown < last - first + 3 * noise
  );
}

/**
 * Of a hundred live heaps that only swing a little one or two happen to look like a plateau. One who looks so often also asks
 * the sites: in the second half of the window, do they rise by more than sampling can make of what the live heap rose by?
 */
function risesOn(found: Case, sites: readonly GrowingSite[]): boolean {
  if (found.timeline.patient === undefined) return false;
  const { first, last, lateShare } = found.signals.liveHeap.trend;
  const middle = found.at.findIndex((at) => at >= (found.at[0] ?? 0) + found.seconds / 2);
  const late = (column: Float64Array): number => (column.at(-1) ?? 0) - (column[middle] ?? 0);
  const rise = sites.reduce((sum, { site }) => sum + late(site.bytes), 0);
  const variance = sites.reduce((sum, { site }) => sum + Math.max(0, late(site.variance)), 0);
  return rise - 1.96 * Math.sqrt(variance) > Math.max(0, lateShare * (last - first));
}

const HOLDER: Readonly<Record<SiteKind, string>> = {
  heap: 'memory is kept that is allocated at',
  map: 'a map only grows at',
  'sync-map': 'a sync.Map only grows at',
  pool: 'objects of a sync.Pool are kept or only grow, allocated at',
  timer: 'timers pile up that are started at',
  context: 'child contexts are not cancelled that are made at',
};

/** Leaf first, as a stack is read: where it is allocated, who called that, and what else comes with it. */
function chainOf({ lead, kept }: Group): ChainStep[] {
  const chain: ChainStep[] = [
    { kind: 'allocated-at', text: 'allocated in', where: lead.site.where, bytes: Math.round(lead.grown) },
  ];
  for (const { function: name, file, line } of callers(lead.site.stack))
    chain.push({ kind: 'frame', text: 'called from', where: { function: name, file, line } });
  for (const { site, grown } of kept.slice(0, 4))
    chain.push({ kind: 'allocated-at', text: 'together with', where: site.where, bytes: Math.round(grown) });
  return chain;
}

/** The user's callers of the site, innermost first, at most three: how one gets there. */
function callers(stack: readonly Frame[]): Frame[] {
  const at = userFrame(stack);
  if (at < 0) return [];
  return stack
    .slice(at + 1)
    .filter((frame) => frame.owner === 'user' && packageOf(frame.function) !== 'runtime')
    .slice(0, 3);
}
