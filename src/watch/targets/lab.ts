/** `lab:NAME`: a service of the lab, started as a child of this process and stopped with it. */
import { Child } from '../../collect/child.ts';
import { messageOf, TargetError } from '../../collect/error.ts';
import { prepareLab } from '../../collect/lab.ts';
import type { WatchTarget } from '../config/config.ts';
import { DEFAULT_TIMEOUT_MS } from '../config/defaults.ts';
import { everySchedule, labTarget } from '../config/words.ts';
import { untilAborted } from './again.ts';
import type { TargetSource } from './source.ts';

const HTTP = { headers: [], insecure: false, timeoutMs: DEFAULT_TIMEOUT_MS };

/** Each of the names is built (a minute, where nothing is in the cache), started, and watched once it serves pprof. */
export function labSource(names: readonly string[], everyMs: number | null = null): TargetSource {
  return {
    name: 'lab',
    async run(set, problem, signal) {
      const targets: WatchTarget[] = [];
      const children: Child[] = [];
      try {
        for (const name of names) {
          if (signal.aborted) break;
          try {
            const target = await start(name, children, problem, signal);
            const { schedule } = target;
            targets.push(everyMs === null ? target : { ...target, schedule: everySchedule(schedule, everyMs) });
            set([...targets]);
          } catch (error) {
            if (!signal.aborted) problem(`lab:${name} cannot be watched: ${messageOf(error)}`);
          }
        }
        await untilAborted(signal);
      } finally {
        await Promise.all(children.map((child) => child.stop()));
      }
    },
  };
}

async function start(
  name: string,
  children: Child[],
  problem: (says: string) => void,
  signal: AbortSignal,
): Promise<WatchTarget> {
  const { scenario, argv, cwd } = await prepareLab(name);
  const child = await Child.start({ kind: 'child', argv, cwd, lab: name }, { http: HTTP, log: () => {} });
  children.push(child);
  child.ended.addEventListener('abort', () => {
    if (!signal.aborted) problem(`lab:${String(child.ended.reason)}`);
  });
  const found = await child.findService(signal);
  if (found === null) throw new TargetError('it serves no net/http/pprof');
  const { loadMetric } = scenario;
  return labTarget(name, found.service.client.address, {
    pid: found.pid,
    source: cwd,
    ...(loadMetric === undefined ? {} : { loadMetric }),
  });
}
