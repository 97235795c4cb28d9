import { EvidenceError } from '../error.ts';
import { findArenas, GO_HEAP } from './arenas.ts';
import { readCgroup } from './cgroup.ts';
import { type Mapping, parseSmaps, parseSmapsRollup } from './maps.ts';
import type { ProcessStats } from './process.ts';
import type { ProcessRaw } from './raw.ts';
import { parseStat, parseStatus } from './status.ts';

/**
 * What the raw texts say. RSS is the sum of smaps where it is there, so that `byBacking` adds up to it; else that of
 * smaps_rollup; else the kernel's running counters in status. Throws EvidenceError where there is not even one text.
 */
export function readProcess(raw: ProcessRaw): ProcessStats {
  if (raw.status === undefined && raw.stat === undefined && raw.smaps === undefined && raw.smapsRollup === undefined) {
    throw new EvidenceError(
      'process',
      `nothing could be read of process ${raw.pid}: neither status, stat nor smaps of /proc/${raw.pid}; run as its user or as root`,
    );
  }
  const status = parseStatus(raw.status ?? '');
  const stat = parseStat(raw.stat ?? '');
  const rollup = parseSmapsRollup(raw.smapsRollup ?? '');
  const { peakRss: _, ...counters } = status;
  return {
    pid: raw.pid,
    ...(stat === null ? {} : { startTicks: stat.startTicks, threads: stat.threads, vmSize: stat.vmSize }),
    ...counters,
    ...present('rss', rollup.rss),
    ...present('pss', rollup.pss),
    ...present('swap', rollup.swap),
    ...present('fds', raw.fdCount),
    ...present('fdKinds', raw.fdKinds),
    ...present('fdLimit', openFilesLimit(raw.fdLimit ?? '')),
    ...mappingStats(raw),
    ...present('cgroup', raw.cgroup === undefined ? undefined : (readCgroup(raw.cgroup) ?? undefined)),
  };
}

/** `Max open files            1024                 524288               files`: the soft limit; proc_pid_limits(5). */
function openFilesLimit(line: string): number | undefined {
  const soft = /^Max open files\s+(\d{1,15})\s/.exec(line)?.[1];
  return soft === undefined ? undefined : Number(soft);
}

function mappingStats(raw: ProcessRaw): Partial<ProcessStats> {
  const mappings = parseSmaps(raw.smaps ?? raw.maps ?? '');
  if (mappings.length === 0) return {};
  if (raw.smaps === undefined) return { mappings: mappings.length }; // maps does not say what is resident
  const arenas = findArenas(mappings);
  const arenaRss = sum(mappings, (mapping, index) => (arenas?.members.has(index) ? mapping.rss : 0));
  return {
    rss: sum(mappings, ({ rss }) => rss),
    pss: sum(mappings, ({ pss }) => pss),
    swap: sum(mappings, ({ swap }) => swap),
    mappings: mappings.length,
    byBacking: groupByBacking(mappings, (index) => arenas?.by === 'address' && arenas.members.has(index)),
    ...(arenas === null ? {} : { goArenaRss: arenaRss, goArenaBy: arenas.by }),
  };
}

function groupByBacking(mappings: readonly Mapping[], isArena: (index: number) => boolean) {
  const groups = new Map<string, { name: string; count: number; rss: number }>();
  for (const [index, mapping] of mappings.entries()) {
    const name = isArena(index) ? GO_HEAP : mapping.name;
    const group = groups.get(name) ?? { name, count: 0, rss: 0 };
    group.count++;
    group.rss += mapping.rss;
    groups.set(name, group);
  }
  return [...groups.values()].sort((a, b) => b.rss - a.rss || (a.name < b.name ? -1 : 1));
}

function sum(mappings: readonly Mapping[], of: (mapping: Mapping, index: number) => number): number {
  return mappings.reduce((total, mapping, index) => total + of(mapping, index), 0);
}

function present<K extends keyof ProcessStats>(key: K, value: ProcessStats[K] | undefined): Partial<ProcessStats> {
  return value === undefined ? {} : { [key]: value };
}
