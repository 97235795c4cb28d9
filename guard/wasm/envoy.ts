/** Runs a real Envoy on loopback with filters before one upstream, for test/e2e-run/envoy.ts and bench/wasm.ts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** A port that Envoy listens on, with at most one filter. */
export interface EnvoyListener {
  readonly name: string;
  /** Path of the filter; null: none. */
  readonly wasm: string | null;
  readonly configuration?: object;
  readonly failurePolicy?: 'FAIL_CLOSED' | 'FAIL_OPEN' | 'FAIL_RELOAD';
  /** Whether the filter may hold headers back (allow_on_headers_stop_iteration). */
  readonly mayHoldHeaders?: boolean;
}

export interface RunningEnvoy {
  readonly ports: ReadonlyMap<string, number>;
  readonly pid: number;
  /** Counters and gauges by name. */
  stats(): Promise<Map<string, number>>;
  /** An address of the admin port, as text. */
  admin(path: string): Promise<string>;
  log(): string;
  stop(): Promise<void>;
}

const START_MS = 60_000;

/** Starts Envoy; throws with its log when it does not come up. */
export async function startEnvoy(
  binary: string,
  upstreamPort: number,
  listeners: readonly EnvoyListener[],
): Promise<RunningEnvoy> {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-envoy-'));
  const configPath = join(dir, 'envoy.json');
  const adminPath = join(dir, 'admin');
  writeFileSync(configPath, JSON.stringify(bootstrap(upstreamPort, listeners)));
  const child = spawn(
    binary,
    [
      '-c',
      configPath,
      '--admin-address-path',
      adminPath,
      '--disable-hot-restart',
      '--concurrency',
      '1',
      '-l',
      'warning',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = `${log}${text}`.slice(-200_000);
  });
  // Also when this process ends by an error that nobody caught.
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    await end(child);
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const until = Date.now() + START_MS;
    let ports: Map<string, number> | null = null;
    while (ports === null) {
      if (child.exitCode !== null || Date.now() > until) throw new Error(`Envoy did not start:\n${log.slice(-4000)}`);
      await sleep(50);
      ports = existsSync(adminPath) ? await readPorts(addressOf(adminPath), listeners) : null;
    }
    const address = addressOf(adminPath);
    const admin = async (path: string): Promise<string> => (await fetch(`http://${address}${path}`)).text();
    return {
      ports,
      pid: child.pid ?? 0,
      admin,
      stats: async () => parseStats(await admin('/stats')),
      log: () => log,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await gone;
  clearTimeout(timer);
}

function addressOf(path: string): string {
  return readFileSync(path, 'utf8').trim();
}

const Listeners = z.object({
  listener_statuses: z
    .array(
      z.object({ name: z.string(), local_address: z.object({ socket_address: z.object({ port_value: z.number() }) }) }),
    )
    .default([]),
});

/** Ports by listener; null until Envoy listens on all of them. */
async function readPorts(admin: string, listeners: readonly EnvoyListener[]): Promise<Map<string, number> | null> {
  if (admin === '') return null;
  try {
    if ((await (await fetch(`http://${admin}/ready`)).text()).trim() !== 'LIVE') return null;
    const { listener_statuses } = Listeners.parse(await (await fetch(`http://${admin}/listeners?format=json`)).json());
    const ports = new Map(
      listener_statuses.map(({ name, local_address }) => [name, local_address.socket_address.port_value]),
    );
    return listeners.every(({ name }) => (ports.get(name) ?? 0) > 0) ? ports : null;
  } catch {
    return null;
  }
}

function parseStats(text: string): Map<string, number> {
  const stats = new Map<string, number>();
  for (const line of text.split('\n')) {
    const at = line.lastIndexOf(': ');
    const value = Number(line.slice(at + 2));
    if (at > 0 && Number.isFinite(value)) stats.set(line.slice(0, at), value);
  }
  return stats;
}

function bootstrap(upstreamPort: number, listeners: readonly EnvoyListener[]): object {
  return {
    admin: { address: socketAddress(0) },
    static_resources: {
      listeners: listeners.map((listener) => ({
        name: listener.name,
        address: socketAddress(0),
        filter_chains: [{ filters: [connectionManager(listener)] }],
      })),
      clusters: [
        {
          name: 'service',
          type: 'STATIC',
          connect_timeout: '5s',
          load_assignment: {
            cluster_name: 'service',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(upstreamPort) } }] }],
          },
        },
      ],
    },
  };
}

function socketAddress(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

function connectionManager({ name, wasm, configuration, failurePolicy, mayHoldHeaders }: EnvoyListener): object {
  const filter = {
    name: 'hemostat.body',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm',
      config: {
        name: `hemostat.${name}`,
        root_id: name,
        failure_policy: failurePolicy ?? 'FAIL_CLOSED',
        allow_on_headers_stop_iteration: mayHoldHeaders ?? false,
        // A string, as Istio makes it of WasmPlugin's pluginConfig: a Struct would reach the filter as protobuf's bytes.
        configuration: {
          '@type': 'type.googleapis.com/google.protobuf.StringValue',
          value: JSON.stringify(configuration ?? {}),
        },
        vm_config: { vm_id: wasm, runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: wasm } } },
      },
    },
  };
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      stat_prefix: name,
      codec_type: 'AUTO',
      route_config: {
        virtual_hosts: [
          { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'service' } }] },
        ],
      },
      http_filters: [
        ...(wasm === null ? [] : [filter]),
        {
          name: 'envoy.filters.http.router',
          typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
        },
      ],
    },
  };
}
