/**
 * Many made-up services behind one port, for tests of `hemostat watch` that need load and leaks but no Go process:
 * `/t/0/debug/pprof/`, `/t/1/…`. A leaking one begins to leak at its own time and from then on keeps more, evenly.
 */
import http from 'node:http';
import { profileFromText } from '../evidence/pprof/testing.ts';
import { writeProfile } from '../evidence/pprof/write.ts';

const MIB = 1024 * 1024;
/** As large as objects must be to be sampled for certain. */
const CHUNK = MIB;

export interface FarmOptions {
  readonly services: number;
  /** The first so many leak … */
  readonly leaking: number;
  /** … one after another, so far apart, ms. */
  readonly everyMs: number;
  /** Bytes per second. */
  readonly rate: number;
}

export interface Farm {
  /** `127.0.0.1:PORT`; `/t/N` behind it is a service. */
  readonly address: string;
  close(): Promise<void>;
}

export async function startFarm({ services, leaking, everyMs, rate }: FarmOptions): Promise<Farm> {
  const began = Date.now();
  const kept = (service: number): number =>
    service >= leaking ? 0 : Math.max(0, Date.now() - began - service * everyMs) * (rate / 1000);
  const server = http.createServer((request, response) => {
    const [, number = '', page = ''] = /^\/t\/(\d+)(\/[^?]*)/.exec(request.url ?? '') ?? [];
    const service = Number(number);
    const body = number === '' || service >= services ? null : pageOf(page, service, kept(service), began);
    if (body === null) response.writeHead(404).end();
    else response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the farm has no port');
  return {
    address: `127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pageOf(page: string, service: number, kept: number, began: number): Uint8Array | string | null {
  switch (page) {
    case '/debug/pprof/':
      return '<html><body><a href="heap?debug=1">heap</a> <a href="goroutine?debug=1">goroutine</a></body></html>';
    case '/debug/pprof/heap':
      return heap(service, kept);
    case '/debug/pprof/goroutine':
      return profile(
        'goroutine/count\nmain.main > net/http.(*Server).Serve | 1\nmain.main > main.work > time.Sleep | 8',
        1,
      );
    case '/metrics':
      return metrics(kept, began);
    default:
      return null;
  }
}

function heap(service: number, kept: number): Uint8Array {
  const lines = Array.from({ length: 12 }, (_, i) => {
    const objects = 4 + i;
    return `main.main > main.serve > shop/part${i}.(*Table).Load@table.go:${10 + i} | ${9 * objects} ${9 * objects * CHUNK} ${objects} ${objects * CHUNK}`;
  });
  const objects = Math.floor(kept / CHUNK);
  if (objects > 0)
    lines.push(
      `main.main > main.serve > shop/leak${service}.(*Index).Add@index.go:42 | ${objects} ${objects * CHUNK} ${objects} ${objects * CHUNK}`,
    );
  const types = 'alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes';
  return profile(`${types}\n${lines.join('\n')}`, 512 * 1024);
}

function profile(text: string, period: number): Uint8Array {
  return writeProfile(profileFromText(text, { period }));
}

function metrics(kept: number, began: number): string {
  const live = 114 * MIB + Math.floor(kept / CHUNK) * CHUNK;
  const seconds = (Date.now() - began) / 1000;
  const values: Readonly<Record<string, number>> = {
    go_goroutines: 9,
    go_memstats_heap_alloc_bytes: live,
    go_memstats_heap_inuse_bytes: live + 4 * MIB,
    go_memstats_heap_idle_bytes: 16 * MIB,
    go_memstats_heap_released_bytes: 8 * MIB,
    go_memstats_heap_sys_bytes: live + 20 * MIB,
    go_memstats_stack_inuse_bytes: MIB,
    go_memstats_sys_bytes: live + 30 * MIB,
    go_memstats_next_gc_bytes: 2 * live,
    go_memstats_alloc_bytes_total: live + 10 * MIB * seconds,
    process_resident_memory_bytes: live + 40 * MIB,
    // An hour ago: a young process is believed less.
    process_start_time_seconds: Math.floor(began / 1000) - 3600,
    requests_total: Math.floor(50 * seconds),
  };
  return Object.entries(values)
    .map(([name, value]) => `# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}\n${name} ${value}\n`)
    .join('');
}
