/** Which lines allocated what is in the dump, as far as it was sampled (runtime.MemProfileRate). */
import type { Where } from '../../findings/model.ts';
import type { HeapReport } from './analyse.ts';

export interface AllocationSite {
  readonly where: Where;
  /** Sampled objects that are in the dump, and their own bytes: one sample per 512 KiB unless the program says otherwise. */
  readonly objects: number;
  readonly bytes: number;
}

/** The `limit` sites with the most bytes. */
export function allocationSites({ dump, describer }: HeapReport, limit: number): AllocationSite[] {
  const sites = new Map<string, AllocationSite>();
  for (const object of new Set(dump.sampleObject)) {
    const where = object < 0 ? null : describer.allocatedAt(object);
    if (where === null) continue;
    const key = JSON.stringify(where);
    const { objects, bytes } = sites.get(key) ?? { objects: 0, bytes: 0 };
    sites.set(key, { where, objects: objects + 1, bytes: bytes + (dump.objects.size[object] ?? 0) });
  }
  return [...sites.values()].sort((a, b) => b.bytes - a.bytes).slice(0, limit);
}
