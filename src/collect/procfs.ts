/**
 * Processes on this machine, from /proc (Linux; elsewhere every answer is "unknown"): who listens where, who belongs to
 * a process group. Formats: proc(5).
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { codeOf } from './error.ts';

export interface Listener {
  /** Address to connect to; a wildcard address is given as loopback. */
  readonly host: string;
  readonly port: number;
}

/** Null where the file cannot be read: the process ended, is another user's, or there is no /proc. */
export function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Name or number of the user that a process runs as. */
export function ownerOf(pid: number): string | null {
  try {
    const { uid } = statSync(`/proc/${pid}`);
    const line = (readProc('/etc/passwd') ?? '').split('\n').find((entry) => entry.split(':')[2] === String(uid));
    return line?.split(':')[0] ?? String(uid);
  } catch {
    return null;
  }
}

/** Arguments of a process; null where unknown. */
export function commandLine(pid: number): string[] | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return null;
  }
  if (text === '') return null;
  return text.replace(/\0$/, '').split('\0');
}

/** /proc/PID/stat fields from the third on: the second is a name in parentheses that may hold anything. */
function statFields(pid: number): string[] | null {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Clock ticks since boot at which the process started; tells a process from a later one with its number. */
export function startTicks(pid: number): number | null {
  const ticks = Number(statFields(pid)?.[19]);
  return Number.isFinite(ticks) ? ticks : null;
}

/** The process that started it, or that has adopted it; null where unknown. */
export function parentOf(pid: number): number | null {
  const parent = Number(statFields(pid)?.[1]);
  return Number.isFinite(parent) ? parent : null;
}

/** Whether it has ended and only its parent has not asked how. */
export function isZombie(pid: number): boolean {
  return statFields(pid)?.[0] === 'Z';
}

export function allPids(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

/** Living processes of a process group, oldest first. */
export function processesInGroup(group: number): number[] {
  return allPids()
    .filter((pid) => {
      const fields = statFields(pid);
      return fields?.[2] === String(group) && fields[0] !== 'Z';
    })
    .sort((a, b) => (startTicks(a) ?? 0) - (startTicks(b) ?? 0) || a - b);
}

/** Resident bytes now: cheap enough for every second. */
export function residentBytes(pid: number): number | null {
  const status = readProc(`/proc/${pid}/status`);
  const kib = status === null ? null : /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === null || kib === undefined ? null : Number(kib) * 1024;
}

/** Socket inodes that a process holds open. Throws EACCES for another user's process. */
function socketInodes(pid: number): Set<string> {
  const inodes = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    let link: string;
    try {
      link = readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      continue; // closed meanwhile
    }
    if (link.startsWith('socket:[')) inodes.add(link.slice(8, -1));
  }
  return inodes;
}

interface TcpListener extends Listener {
  readonly inode: string;
}

/** Listening sockets of the network namespace that `pid` (or `self`) lives in. */
function tcpListeners(pid: number | 'self'): TcpListener[] {
  const listeners: TcpListener[] = [];
  for (const family of ['tcp', 'tcp6']) {
    for (const line of (readProc(`/proc/${pid}/net/${family}`) ?? '').split('\n').slice(1)) {
      // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
      const fields = line.trim().split(/\s+/);
      const [address, port] = (fields[1] ?? '').split(':');
      if (fields[3] !== '0A' || address === undefined || port === undefined || fields[9] === undefined) continue;
      listeners.push({ host: hostOf(address), port: Number.parseInt(port, 16), inode: fields[9] });
    }
  }
  return listeners;
}

/** The kernel prints 32-bit words in host order: `0100007F` is 127.0.0.1 on a little-endian machine. */
function hostOf(hex: string): string {
  const bytes: number[] = [];
  for (let word = 0; word < hex.length; word += 8) {
    for (let byte = 3; byte >= 0; byte--)
      bytes.push(Number.parseInt(hex.slice(word + 2 * byte, word + 2 * byte + 2), 16));
  }
  if (bytes.every((byte) => byte === 0)) return '127.0.0.1';
  if (bytes.length === 4) return bytes.join('.');
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (mapped) return bytes.slice(12).join('.');
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16));
  return groups.every((group, i) => group === (i === 7 ? '1' : '0')) ? '::1' : groups.join(':');
}

/** TCP ports that a process listens on. Throws EACCES for another user's process, ENOENT for none. */
export function listenersOf(pid: number): Listener[] {
  const inodes = socketInodes(pid);
  const seen = new Set<string>();
  return tcpListeners(pid).flatMap(({ host, port, inode }) => {
    const key = `${host} ${port}`;
    if (!inodes.has(inode) || seen.has(key)) return [];
    seen.add(key);
    return [{ host, port }];
  });
}

/** True where connecting to a port of that process from here reaches it. */
export function sharesNetwork(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net');
  } catch {
    return true;
  }
}

/** Processes that hold a local listening TCP port; often one, more after a fork or with socket activation. */
export function listenersOnPort(port: number): number[] {
  return holdersOf(tcpListeners('self').flatMap((listener) => (listener.port === port ? [listener.inode] : [])));
}

/** Processes that hold a listening Unix socket. */
export function listenersOnSocket(path: string): number[] {
  const inodes: string[] = [];
  for (const line of (readProc('/proc/net/unix') ?? '').split('\n').slice(1)) {
    // Num RefCount Protocol Flags Type St Inode Path; 00010000 is __SO_ACCEPTCON
    const fields = line.trim().split(/\s+/);
    if (fields[3] === '00010000' && fields[6] !== undefined && fields.slice(7).join(' ') === path)
      inodes.push(fields[6]);
  }
  return holdersOf(inodes);
}

function holdersOf(inodes: readonly string[]): number[] {
  if (inodes.length === 0) return [];
  return allPids().filter((pid) => {
    try {
      const held = socketInodes(pid);
      return inodes.some((inode) => held.has(inode));
    } catch {
      return false; // another user's, or gone
    }
  });
}

/** Settings of the Go runtime in a process's environment; nothing else of it is looked at. */
export function goEnvironment(pid: number): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of (readProc(`/proc/${pid}/environ`) ?? '').split('\0')) {
    const match = /^(GOGC|GOMEMLIMIT|GODEBUG|GOMAXPROCS)=(.*)$/s.exec(entry);
    if (match?.[1] !== undefined && match[2] !== undefined) found[match[1]] = match[2];
  }
  return found;
}
