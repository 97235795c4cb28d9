/** Everything that one heap dump says, in one call: the proof, what is held, and the findings. */
import type { Executable } from '../../evidence/binary/executable.ts';
import type { HeapDump } from '../../evidence/heapdump/dump.ts';
import { phantoms } from '../../evidence/heapdump/phantoms.ts';
import type { Finding, Verdict } from '../../findings/model.ts';
import { formatBytes } from '../../findings/units.ts';
import { placeName, plural } from '../case.ts';
import { type ChannelCensus, channelCensus } from './channels.ts';
import { Describer } from './describe.ts';
import { blindSpots, type HeapCase, leakFindings } from './findings.ts';
import { globalFindings } from './global-findings.ts';
import { holderFindings } from './holder-findings.ts';
import { type Leaked, leakedHeap } from './leaked.ts';
import { createNames, type Names } from './names.ts';
import { type Pool, poolLedger } from './pools.ts';
import { type Proof, prove } from './proof.ts';
import { type RetainedHolder, retainedHolders } from './retained.ts';

export interface AnalyseOptions {
  readonly executable?: Executable | null;
  /** Name of the dump's file, for the evidence. */
  readonly capture?: string;
  readonly subject?: Finding['subject'];
  /** How many of the largest holders to work out; 0 saves the dominator tree. */
  readonly retained?: number;
  /** Called at the beginning of each step, for progress. */
  readonly onStep?: (step: string) => void;
}

export interface HeapReport {
  readonly dump: HeapDump;
  readonly names: Names;
  readonly describer: Describer;
  readonly proof: Proof;
  readonly leaked: Leaked;
  readonly channels: ChannelCensus;
  readonly pools: readonly Pool[];
  /** Who holds the heap, most bytes first; empty where `retained` was 0. */
  readonly holders: readonly RetainedHolder[];
  /** Most certain and most bytes first. */
  readonly findings: readonly Finding[];
  /** One sentence: the answer. */
  readonly verdict: string;
  readonly goroutines: { readonly total: number; readonly parked: number; readonly proven: number };
  readonly heap: { readonly objects: number; readonly bytes: number; readonly reachable: number };
  readonly notes: readonly string[];
}

const RETAINED = 20;

/** Throws EvidenceError where the executable is not the program of the dump. */
export async function analyseDump(dump: HeapDump, options: AnalyseOptions = {}): Promise<HeapReport> {
  const { executable = null, capture = dump.path, retained = RETAINED, onStep = () => {} } = options;
  const subject = options.subject ?? { service: capture, instance: '' };
  onStep('proving');
  const names = createNames(dump, executable);
  const proof = prove(dump, executable);
  onStep('adding up what is held');
  const leaked = leakedHeap(proof);
  const describer = new Describer(dump, names, proof.layout);
  const found: HeapCase = { proof, leaked, describer, subject, capture };
  onStep('counting channels');
  const channels = channelCensus(proof, leaked);
  onStep('looking into pools');
  const pools = poolLedger(proof, names);
  onStep('finding out who holds what');
  const holders = retained > 0 ? await retainedHolders(proof, names, retained) : [];
  const findings = sorted([
    ...leakFindings(found),
    ...holderFindings(found, { channels, pools, names }),
    ...globalFindings(found, names, holders, leaked.reachable.bytes),
  ]);
  const amount = amountOf(dump);
  return {
    dump,
    names,
    describer,
    proof,
    leaked,
    channels,
    pools,
    holders,
    findings,
    verdict: verdictOf(found, findings),
    goroutines: { total: dump.goroutines.count, parked: proof.parked, proven: proof.proven },
    heap: { ...amount, reachable: leaked.reachable.bytes },
    notes: notesOf(proof, executable !== null),
  };
}

/** What MemStats counts too: without slots that the dump lists and that hold no object. */
function amountOf(dump: HeapDump): { objects: number; bytes: number } {
  const none = phantoms(dump);
  let objects = 0;
  let bytes = 0;
  for (let o = 0; o < dump.objects.count; o++) {
    if (none[o] === 1) continue;
    objects++;
    bytes += dump.objects.size[o] ?? 0;
  }
  return { objects, bytes };
}

const CERTAINTY: readonly Verdict[] = ['proven', 'confirmed', 'suspected', 'cleared'];

function sorted(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      CERTAINTY.indexOf(a.verdict) - CERTAINTY.indexOf(b.verdict) ||
      (b.holds?.bytes ?? 0) - (a.holds?.bytes ?? 0) ||
      (b.count ?? 0) - (a.count ?? 0),
  );
}

function verdictOf({ proof, leaked, describer }: HeapCase, findings: readonly Finding[]): string {
  if (proof.refused !== null) return `No proof: ${proof.refused}.`;
  const first = findings[0];
  const [largest] = leaked.clusters;
  if (largest === undefined) {
    const parked = `${plural(proof.parked, 'goroutine')} ${proof.parked === 1 ? 'waits' : 'wait'} for channels, selects or locks`;
    const none = `No goroutine is proven leaked; ${parked}`;
    return first === undefined ? `${none}.` : `${none}. ${first.title}.`;
  }
  const { held } = leaked;
  const holding = held.bytes === 0 ? '' : ` and ${proof.proven === 1 ? 'holds' : 'hold'} ${formatBytes(held.bytes)}`;
  const place = placeName(describer.blockedAt(largest.goroutines[0] ?? -1));
  const where =
    leaked.clusters.length === 1
      ? `parked in \`${largest.wait.reason}\` at ${place}`
      : `most of it ${plural(largest.goroutines.length, 'goroutine')} in \`${largest.wait.reason}\` at ${place}`;
  return `${plural(proof.proven, 'goroutine')} can never run again${holding}: ${where}.`;
}

function notesOf(proof: Proof, withExecutable: boolean): string[] {
  const notes = blindSpots(proof);
  if (!withExecutable && proof.refused === null) {
    notes.push(
      'Without the executable (--binary) there are no lines and no names of globals, and what dead slots of live stacks still point to counts as reachable: more goroutines may be provable with it.',
    );
  }
  return notes;
}
