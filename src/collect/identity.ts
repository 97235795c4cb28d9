/** Who the target is: service name, Go version, main module; from its executable, its pages or its heap profile. */
import { closeSync, fstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { type BuildInfo, readBuildInfo } from '../evidence/binary/buildinfo.ts';
import type { ByteSource } from '../evidence/binary/source.ts';
import type { Profile } from '../evidence/pprof/profile.ts';
import { LIMITS, type Service } from './discover.ts';
import { RequestError } from './http.ts';
import { commandLine, listenersOnPort, listenersOnSocket } from './procfs.ts';

export interface Identity {
  readonly service: string;
  readonly goVersion: string | null;
  readonly mainModule: string | null;
}

/** Build information of the program that a process runs; null where it cannot be read or is not Go. */
export function buildInfoOf(pid: number): BuildInfo | null {
  let fd: number;
  try {
    fd = openSync(`/proc/${pid}/exe`, 'r');
  } catch {
    return null;
  }
  try {
    return readBuildInfo(fileSource(fd));
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

function fileSource(fd: number): ByteSource {
  return {
    size: fstatSync(fd).size,
    read: (offset, length) => {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
    },
  };
}

export function identityOfProcess(pid: number): Identity | null {
  const info = buildInfoOf(pid);
  const exe = executableOf(pid);
  if (info === null && exe === null) return null;
  const name = info === null ? '' : nameOfPackage(info.path);
  return {
    service: name === '' ? basename(exe ?? '') : name,
    goVersion: info?.goVersion ?? null,
    mainModule: info?.mainModule?.path ?? null,
  };
}

/**
 * What a heap profile tells of its program: its first mapping is the executable; standard library paths below a
 * downloaded toolchain carry the version.
 */
export function identityOfProfile(profile: Profile): Identity {
  const exe = profile.mappings[0]?.filename ?? '';
  const toolchain = profile.strings.map((text) => /\/toolchain@v[\d.]+-(go\d[\w.]*?)\.\w+-\w+\//.exec(text)?.[1]);
  return {
    service: basename(exe),
    goVersion: toolchain.find((found) => found !== undefined) ?? null,
    mainModule: null,
  };
}

/** `example.com/orders/cmd/server/v2` → `server`; '' for a program built from loose files. */
function nameOfPackage(path: string): string {
  if (path === 'command-line-arguments') return '';
  return basename(path.replace(/\/v\d+$/, ''));
}

function executableOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
  } catch {
    return null;
  }
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * The local process behind an address of this machine. Its command line must be the one that the service tells of itself:
 * a tunnel or a port-forward listens here, too, and its memory is not the service's. `doubt` says that this is so.
 */
export async function localProcessOf(service: Service): Promise<{ pid: number | null; doubt: string | null }> {
  const { origin, socketPath } = service.client.address;
  const url = new URL(origin);
  let holders: number[] = [];
  if (socketPath !== undefined) holders = listenersOnSocket(socketPath);
  else if (isThisMachine(url.hostname)) {
    holders = listenersOnPort(Number(url.port || (url.protocol === 'https:' ? 443 : 80)));
  }
  const [first] = holders;
  if (first === undefined) return { pid: null, doubt: null };
  const told = (await toldCommandLine(service))?.join('\0');
  const pid = holders.find((holder) => told !== undefined && commandLine(holder)?.join('\0') === told);
  if (pid !== undefined) return { pid, doubt: null };
  const name = basename(commandLine(first)?.[0] ?? '');
  const doubt = `process ${first}${name === '' ? '' : ` (${name})`} listens there but cannot be confirmed to be the service itself (it may be a tunnel or a proxy), so its memory is not looked at`;
  return { pid: null, doubt };
}

function isThisMachine(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  if (bare === 'localhost' || bare === '::1' || /^127(\.\d+){3}$/.test(bare)) return true;
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === bare));
}

async function toldCommandLine(service: Service): Promise<string[] | null> {
  try {
    const { body } = await service.client.get(`${service.pprof}cmdline`, { limit: LIMITS.index, retries: 0 });
    return body.toString('utf8').split('\0');
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return service.vars === null ? null : await commandLineOfVars(service, service.vars);
  }
}

async function commandLineOfVars(service: Service, path: string): Promise<string[] | null> {
  try {
    const { body } = await service.client.get(path, { limit: LIMITS.text, retries: 0 });
    const vars: unknown = JSON.parse(body.toString('utf8'));
    if (typeof vars !== 'object' || vars === null || !('cmdline' in vars) || !Array.isArray(vars.cmdline)) return null;
    return vars.cmdline.map(String);
  } catch {
    return null;
  }
}
