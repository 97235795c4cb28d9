/** Asks the probe (probe/hemostat.go in the service) for a heap dump and streams it into the bundle, mode 0600. */
import type { BundleWriter } from './bundle-writer.ts';
import type { Service } from './discover.ts';
import { TargetError } from './error.ts';
import { RequestError } from './http.ts';
import type { HeapDumpRequest } from './options.ts';

/** A dump is about as large as the heap; a service with more than this needs `hemostat prove` on its own disk. */
const LARGEST = 64 * 2 ** 30;

/** Lists the capture in the manifest either way. Returns what went wrong, or null. */
export async function takeHeapDump(
  { service, pid }: { readonly service: Service; readonly pid: number | null },
  snapshot: number,
  request: HeapDumpRequest,
  writer: BundleWriter,
): Promise<string | null> {
  const file = `${String(snapshot).padStart(3, '0')}-heapdump`;
  // The probe is mounted beside pprof: /debug/pprof/ → /debug/hemostat/.
  const above = service.pprof.slice(0, service.pprof.slice(0, -1).lastIndexOf('/') + 1);
  const query = request.maxPause === undefined ? '' : `?max-pause=${request.maxPause}`;
  const path = `${above}hemostat/heapdump${query}`;
  const common = { kind: 'heapdump', snapshot, at: Date.now(), stopsTheWorld: true } as const;
  const began = performance.now();
  const stream = writer.stream(file);
  const ms = (): number => Math.round((performance.now() - began) * 1000) / 1000;
  try {
    // No second try: a dump that was taken and not received has stopped the program once already.
    const answer = await service.client.get(path, {
      limit: LARGEST,
      retries: 0,
      bearer: request.token,
      sink: (chunk) => stream.write(chunk),
    });
    const bytes = stream.close();
    writer.list({ ...common, file, ms: ms(), bytes, url: answer.url, status: answer.status });
    if (pid !== null) keepExecutable(pid, snapshot, writer);
    return null;
  } catch (error) {
    stream.close();
    writer.remove(file);
    if (!(error instanceof RequestError)) throw error;
    const says = `no heap dump: ${error.message}`;
    writer.add(
      { ...common, ms: ms(), url: error.url, ...(error.status === 0 ? {} : { status: error.status }), error: says },
      null,
    );
    return says;
  }
}

/** With the program itself the dump has lines and names, and the proof is sharper. Not being allowed to read it is no harm. */
function keepExecutable(pid: number, snapshot: number, writer: BundleWriter): void {
  const common = { kind: 'executable', snapshot, at: Date.now(), ms: 0, stopsTheWorld: false } as const;
  try {
    const bytes = writer.copy(`/proc/${pid}/exe`, 'executable');
    writer.list({ ...common, file: 'executable', bytes });
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    writer.add({ ...common, error: error.message }, null);
  }
}
