/** The farm: all targets behind one port, told apart by their path: /t/0042/debug/pprof/, /t/0042/metrics. */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { HOSTILE, isHostile, SCRIPT_LABEL, SCRIPT_NAME } from './hostile.ts';
import { Random } from './random.ts';
import { type Collections, dumpPage, goroutinePage, heapPage, INDEX, metricsPage, trailerPage } from './render.ts';
import { drawCharacter, Simulation } from './simulate.ts';
import { KINDS, type Kind, loadTemplate, type Template } from './template.ts';

export interface FarmOptions {
  readonly targets: number;
  readonly leaks: number;
  readonly loads: number;
  /** Steady ones whose process starts again meanwhile. */
  readonly restarts: number;
  readonly seed: number;
  readonly port: number;
  /** Also serves one leaking target whose names are scripts. */
  readonly script: boolean;
  /** Called for every heap profile that is asked for: `index` of the target, ms since the epoch. */
  readonly onHeap?: (index: number, at: number) => void;
}

export interface Farm {
  readonly url: string;
  /** What each target is: what a server that only looks must find out. */
  readonly truth: readonly { readonly service: string; readonly kind: Kind; readonly bytesPerHour: number }[];
  close(): Promise<void>;
}

export interface Target {
  readonly service: string;
  readonly simulation: Simulation;
  readonly collections: Collections;
}

const LEAKS: readonly Kind[] = ['closure', 'map', 'select'];

export async function startFarm(options: FarmOptions): Promise<Farm> {
  const began = Date.now();
  const templates = new Map(KINDS.map((kind) => [kind, loadTemplate(kind)]));
  const targets = makeTargets(options, templates);
  const server = http.createServer({ keepAlive: false }, (request, response) => {
    answer(request, response, { targets, options, began, url });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', 2048, resolve);
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : options.port}`;
  return {
    url,
    truth: targets.map(truthOf),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a server that only looks must find out. */
export function truthOf({ service, simulation: { character } }: Target): Farm['truth'][number] {
  const { kind, leakBytesPerHour } = character;
  return { service, kind, bytesPerHour: LEAKS.includes(kind) ? leakBytesPerHour : 0 };
}

/** Kinds are dealt by chance, so that no neighbours are alike. */
export function makeTargets(
  { targets: count, leaks, loads, restarts, seed, script }: Omit<FarmOptions, 'port' | 'onHeap'>,
  templates: ReadonlyMap<Kind, Template>,
): Target[] {
  const random = new Random(seed);
  const kinds = Array.from({ length: count }, (_, i): Kind => {
    if (i < leaks) return LEAKS[i % LEAKS.length] ?? 'map';
    return i < leaks + loads ? 'load' : 'steady';
  });
  for (let i = kinds.length - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    [kinds[i], kinds[j]] = [kinds[j] ?? 'steady', kinds[i] ?? 'steady'];
  }
  let steady = 0;
  const made = kinds.map((kind, i) => {
    const restarting = kind === 'steady' && steady++ < restarts;
    return makeTarget(
      `svc-${String(i).padStart(4, '0')}`,
      kind,
      templates,
      new Random(seed + 7919 * (i + 1)),
      restarting,
    );
  });
  if (script) {
    const plain = templates.get('map');
    if (plain !== undefined) {
      const strings = plain.heap.strings.map((text) => (text === 'main.record' ? SCRIPT_NAME : text));
      const renamed = new Map(templates).set('map', { ...plain, heap: { ...plain.heap, strings } });
      made.push(makeTarget(SCRIPT_LABEL, 'map', renamed, new Random(seed), false));
    }
  }
  return made;
}

function makeTarget(
  service: string,
  kind: Kind,
  templates: ReadonlyMap<Kind, Template>,
  random: Random,
  restarting: boolean,
): Target {
  const template = templates.get(kind);
  if (template === undefined) throw new Error(`there is no template ${kind}`);
  const character = drawCharacter(kind, random, restarting);
  const simulation = new Simulation(character, template, Math.floor(random.next() * 2 ** 32));
  return { service, simulation, collections: { forcedAt: -random.between(0, 60_000), forced: 0 } };
}

interface Context {
  readonly targets: readonly Target[];
  readonly options: FarmOptions;
  /** ms since the epoch. */
  readonly began: number;
  readonly url: string;
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
}

const HTML = 'text/html; charset=utf-8';
const TEXT = 'text/plain; charset=utf-8';
const NOT_FOUND: Reply = { status: 404, type: TEXT, body: '404 page not found\n' };

function answer(request: IncomingMessage, response: ServerResponse, context: Context): void {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const [, area = '', name = '', ...rest] = path.split('/');
  const page = rest.join('/');
  if (area === 'h' && isHostile(name) && page !== 'debug/pprof/') HOSTILE[name](request, response);
  else {
    const { status, type, body } = replyTo(area, name, page, query, context);
    response.writeHead(status, { 'content-type': type }).end(body);
  }
}

function replyTo(area: string, name: string, page: string, query: string, context: Context): Reply {
  if (area === 'sd') return { status: 200, type: 'application/json', body: JSON.stringify(discovery(context)) };
  if (area === 'h' && isHostile(name)) return { status: 200, type: HTML, body: INDEX };
  const target = area === 't' ? context.targets[Number(name)] : undefined;
  if (target === undefined) return NOT_FOUND;
  const now = Date.now();
  const ms = now - context.began;
  target.simulation.advance(ms);
  if (page === 'debug/pprof/heap' && !query.includes('debug=')) context.options.onHeap?.(Number(name), now);
  return pageOf(target, page, query, ms, now);
}

/** `ms` after the farm's start, which is `now` since the epoch. */
function pageOf(target: Target, page: string, query: string, ms: number, now: number): Reply {
  const { simulation, collections, service } = target;
  const binary = (body: Buffer): Reply => ({ status: 200, type: 'application/octet-stream', body });
  const text = (body: string): Reply => ({ status: 200, type: TEXT, body });
  switch (page) {
    case 'debug/pprof/':
      return { status: 200, type: HTML, body: INDEX };
    case 'debug/pprof/heap':
      if (query.includes('debug=')) return text(trailerPage(simulation, collections, ms, now));
      if (query.includes('gc=1')) {
        collections.forcedAt = ms;
        collections.forced++;
      }
      return binary(heapPage(simulation, now));
    case 'debug/pprof/goroutine':
      return query.includes('debug=') ? text(dumpPage(simulation, ms)) : binary(goroutinePage(simulation, now));
    case 'debug/pprof/cmdline':
      return text(`/usr/local/bin/${service}\0--farm`);
    case 'metrics':
      return text(metricsPage(simulation, collections, ms, now));
    default:
      return NOT_FOUND;
  }
}

/** Groups for http_sd. */
function discovery({ targets, url }: Context) {
  const host = url.replace(/^http:\/\//, '');
  return targets.map(({ service }, index) => ({
    targets: [`${host}/t/${String(index).padStart(4, '0')}/debug/pprof/`],
    labels: {
      environment: 'farm',
      service,
      instance: `${service}-0`,
      __metrics_path__: `/t/${String(index).padStart(4, '0')}/metrics`,
    },
  }));
}
