/** Globals that retain a large part of the heap: the most likely place of a leak that no goroutine explains. */
import { fingerprint } from '../../findings/fingerprint.ts';
import type { ChainStep, Finding } from '../../findings/model.ts';
import { formatBytes } from '../../findings/units.ts';
import { placeName, plural, quantity } from '../case.ts';
import { FIX, operationOf } from '../rules.ts';
import { NOWHERE } from './describe.ts';
import { type HeapCase, severityOfHeld } from './findings.ts';
import type { Names } from './names.ts';
import type { RetainedHolder } from './retained.ts';

const MIB = 1024 * 1024;
/** Below this, and below this share of what is reachable, a global is what programs are made of. */
const RETAINED_BYTES = 8 * MIB;
const RETAINED_SHARE = 0.2;

/** Always suspected: a table that is meant to be large looks the same in one dump. */
export function globalFindings(
  found: HeapCase,
  names: Names,
  holders: readonly RetainedHolder[],
  reachable: number,
): Finding[] {
  return holders
    .filter(({ kind, bytes }) => kind === 'global' && bytes >= RETAINED_BYTES && bytes >= RETAINED_SHARE * reachable)
    .map((holder): Finding => {
      const name = holderName(found, names, holder);
      const last = holder.path.findLast(({ object }) => found.describer.allocatedAt(object) !== null);
      const where = last === undefined ? null : found.describer.allocatedAt(last.object);
      const share = Math.round((100 * holder.bytes) / Math.max(1, reachable));
      return {
        rule: 'global-retains',
        verdict: 'suspected',
        severity: severityOfHeld(holder.bytes, 0),
        title: `${name} retains ${formatBytes(holder.bytes)}, ${share} % of the reachable heap`,
        where: where ?? NOWHERE,
        subject: found.subject,
        count: null,
        growth: null,
        holds: { bytes: holder.bytes, objects: 0 },
        chain: [{ kind: 'root', text: name, bytes: holder.bytes }, ...pathSteps(found, holder)],
        evidence: [
          {
            leg: 'graph',
            says: `without ${name}, ${formatBytes(holder.bytes)} of ${formatBytes(reachable)} would be free; whether it is meant to hold that much, one dump does not say`,
            numbers: [quantity('retained', holder.bytes, 'bytes'), quantity('reachable heap', reachable, 'bytes')],
            captures: [found.capture],
          },
        ],
        fix: { text: FIX['global-retains'] },
        fingerprint: fingerprint('global-retains', name, operationOf('global-retains', name)),
      };
    });
}

export function pathSteps({ describer }: Pick<HeapCase, 'describer'>, { path }: RetainedHolder): ChainStep[] {
  return path.map(({ object, bytes }): ChainStep => {
    const allocated = describer.allocatedAt(object);
    return {
      kind: 'object',
      text: `${describer.object(object)}${allocated === null ? '' : `, allocated at ${placeName(allocated)}`}`,
      ...(allocated === null ? {} : { where: allocated }),
      bytes,
    };
  });
}

/** `global main.cache`, `50 goroutines at main.worker (main.go:12)`; stable from dump to dump where names are known. */
export function holderName(
  { describer }: Pick<HeapCase, 'describer'>,
  names: Names,
  { kind, address, goroutines, path }: RetainedHolder,
): string {
  const [first] = goroutines;
  if (first !== undefined) {
    const at = placeName(describer.blockedAt(first));
    return `${plural(goroutines.length, kind === 'goroutines' ? 'goroutine' : 'leaked goroutine')} at ${at}`;
  }
  if (kind === 'global') return `global ${names.global(address)?.name ?? `at 0x${address.toString(16)}`}`;
  const object = path[0]?.object;
  return object === undefined ? `a ${kind}` : `a ${kind} of ${describer.object(object)}`;
}
