/** A process on this machine as a target: its ports are found and asked for pprof. */

import { parseAddress } from './address.ts';
import { discover, discoverEither, type Service } from './discover.ts';
import { codeOf, TargetError } from './error.ts';
import { HttpClient, RequestError } from './http.ts';
import type { CollectOptions } from './options.ts';
import { type Listener, listenersOf, ownerOf, processExists, readProc, sharesNetwork } from './procfs.ts';

/** `note` says why there is no service; throws TargetError where not even the process can be looked at. */
export async function findServiceOfPid(
  pid: number,
  options: Pick<CollectOptions, 'http' | 'pprof'>,
): Promise<{ service: Service | null; note: string | null }> {
  if (!processExists(pid))
    throw new TargetError(`there is no process ${pid} on this machine; check the number with ps`);
  if (readProc('/proc/self/stat') === null) {
    throw new TargetError(
      `a process can only be watched where there is /proc (Linux); give the URL of its pprof instead of ${pid}`,
    );
  }
  let listeners: Listener[];
  try {
    listeners = listenersOf(pid);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new TargetError(`process ${pid} has just ended`);
    const owner = ownerOf(pid);
    const whose = owner === null ? 'another user' : `user ${owner}`;
    throw new TargetError(
      `process ${pid} belongs to ${whose} and may not be read; run hemostat as that user or as root, or give the URL of its pprof`,
    );
  }
  if (options.pprof !== undefined) {
    return { service: await discover(new HttpClient(parseAddress(options.pprof), options.http)), note: null };
  }
  const only = 'only its memory as the system sees it could be watched';
  if (listeners.length === 0) return { service: null, note: `process ${pid} listens on no TCP port, so ${only}` };
  if (!sharesNetwork(pid)) {
    return {
      service: null,
      note: `process ${pid} listens in another network namespace (a container), so ${only}; give a published address with --pprof`,
    };
  }
  const closed: string[] = [];
  for (const { host, port } of listeners) {
    const address = parseAddress(`http://${host.includes(':') ? `[${host}]` : host}:${port}`);
    try {
      return { service: await discoverEither(address, options.http), note: null };
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      if (error instanceof RequestError && error.wanted !== null) closed.push(error.message);
    }
  }
  const ports = listeners.map((listener) => listener.port).join(', ');
  return {
    service: null,
    note: `no pprof was found on port ${ports} of process ${pid}, so ${only}${closed[0] === undefined ? '' : ` (${closed[0]})`}`,
  };
}
