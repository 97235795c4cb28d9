/** /proc/PID/status and /proc/PID/stat: proc_pid_status(5), proc_pid_stat(5). Unknown and missing lines are no error. */

export interface Status {
  /** Bytes. */
  readonly rss?: number;
  readonly rssAnon?: number;
  readonly rssFile?: number;
  readonly rssShmem?: number;
  readonly swap?: number;
  readonly vmSize?: number;
  /** Peak RSS, bytes. */
  readonly peakRss?: number;
  readonly threads?: number;
}

const FIELDS = {
  VmRSS: 'rss',
  RssAnon: 'rssAnon',
  RssFile: 'rssFile',
  RssShmem: 'rssShmem',
  VmSwap: 'swap',
  VmSize: 'vmSize',
  VmHWM: 'peakRss',
  Threads: 'threads',
} as const;

export function parseStatus(text: string): Status {
  const status: { -readonly [K in keyof Status]: Status[K] } = {};
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    const key = line.slice(0, Math.max(colon, 0));
    if (!isField(key)) continue;
    const value = sizeOf(line.slice(colon + 1));
    if (value !== null) status[FIELDS[key]] = value;
  }
  return status;
}

function isField(key: string): key is keyof typeof FIELDS {
  return Object.hasOwn(FIELDS, key);
}

/** `   1844 kB` in bytes, or a bare count; null where it is neither. */
export function sizeOf(text: string): number | null {
  const [number, unit] = text.trim().split(/\s+/, 2);
  if (number === undefined || !/^\d{1,18}$/.test(number)) return null;
  return unit === 'kB' ? Number(number) * 1024 : Number(number);
}

export interface Stat {
  readonly command: string;
  /** One letter: R, S, D, Z, T … */
  readonly state: string;
  /** Clock ticks (100 per second on Linux). */
  readonly userTicks: number;
  readonly systemTicks: number;
  readonly threads: number;
  /** Clock ticks between boot and the start of the process. */
  readonly startTicks: number;
  /** Bytes. */
  readonly vmSize: number;
}

/** Null where the text is not a stat line. */
export function parseStat(text: string): Stat | null {
  // pid (comm) state ppid …; comm is the program's name and may hold anything, parentheses included.
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const fields = text
    .slice(close + 1)
    .trim()
    .split(/\s+/);
  const field = (number: number): number => Number(fields[number - 3]); // field 3 is the state
  const stat: Stat = {
    command: text.slice(open + 1, close),
    state: fields[0] ?? '',
    userTicks: field(14),
    systemTicks: field(15),
    threads: field(20),
    startTicks: field(22),
    vmSize: field(23),
  };
  return Number.isSafeInteger(stat.startTicks) ? stat : null;
}
