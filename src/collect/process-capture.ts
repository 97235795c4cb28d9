/** Copies what /proc and the cgroup file system say of one process, for `evidence/process` to read. */
import { readdirSync } from 'node:fs';
import { cgroupFiles } from '../evidence/process/cgroup.ts';
import type { CgroupRaw, ProcessRaw } from '../evidence/process/raw.ts';
import { listFds } from './fd-kinds.ts';
import { readProc } from './procfs.ts';

/** Null where the process is gone, is another user's, or there is no /proc. */
export function captureProcess(pid: number): ProcessRaw | null {
  const texts: { [K in 'status' | 'stat' | 'smaps' | 'smapsRollup' | 'maps']?: string } = {};
  const add = (key: keyof typeof texts, file: string) => {
    const text = readProc(`/proc/${pid}/${file}`);
    if (text !== null && text !== '') texts[key] = text;
  };
  add('status', 'status');
  add('stat', 'stat');
  if (texts.status === undefined && texts.stat === undefined) return null;
  add('smapsRollup', 'smaps_rollup');
  add('smaps', 'smaps');
  if (texts.smaps === undefined) add('maps', 'maps');
  const fds = listFds(pid);
  const fdLimit = /^Max open files .*$/m.exec(readProc(`/proc/${pid}/limits`) ?? '')?.[0];
  const cgroup = captureCgroup(pid);
  return {
    pid,
    ...texts,
    ...(fds === null ? {} : { fdCount: fds.count, fdKinds: fds.kinds }),
    ...(fdLimit === undefined ? {} : { fdLimit }),
    ...(cgroup === null ? {} : { cgroup }),
  };
}

/** Open descriptors; null where they may not be listed. */
export function countFds(pid: number): number | null {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return null;
  }
}

function captureCgroup(pid: number): CgroupRaw | null {
  const membership = readProc(`/proc/${pid}/cgroup`);
  if (membership === null) return null;
  // Only the lines about cgroup mounts: the others are nobody's business in a bundle that is sent around.
  const mountinfo = (readProc('/proc/self/mountinfo') ?? '')
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .join('\n');
  const files: Record<string, string> = {};
  for (const path of cgroupFiles(membership, mountinfo)) {
    const text = readProc(path);
    if (text !== null) files[path] = text;
  }
  return { membership, mountinfo, files };
}
