/** The options of every command that has a target: where it is, how to get in, how long to look. */
import { readFileSync } from 'node:fs';
import { Argument, type Command } from 'commander';
import { headerOf, isPem, isToken } from '../collect/credentials.ts';
import { parseDuration } from '../collect/duration.ts';
import { codeOf, messageOf } from '../collect/error.ts';
import { type CollectOptions, DEFAULTS } from '../collect/options.ts';
import { UsageError } from './exit.ts';

/** Adds the TARGET operands and the options; `parseTargetOptions(command.opts())` and `targetWords(command)` read them. */
export function addTargetOptions(command: Command): Command {
  const repeat = (value: string, all: string[]) => [...all, value];
  return command
    .addArgument(
      new Argument('[target...]', 'URL, host:port, unix:/path.sock, PID, bundle, files, lab:NAME; or -- command args'),
    )
    .option('--pid <pid>', 'a process on this machine, instead of TARGET')
    .option('--window <duration>', 'how long to look', '5m')
    .option('--snapshots <n>', 'heap snapshots spread over the window', String(DEFAULTS.snapshots))
    .option('--load-metric <name>', 'Prometheus metric or expvar key that counts the work done')
    .option('--pprof <url>', 'where the pprof of a started program or a PID is, when it is not found')
    .option('--goroutine-limit <n>', 'no debug=2 dump (it stops the world) above this', String(DEFAULTS.goroutineLimit))
    .option('--user <name:password>', 'basic auth; the password may be in HEMOSTAT_PASSWORD')
    .option('--bearer-file <file>', 'file with a bearer token; else HEMOSTAT_BEARER')
    .option('--header <name: value>', 'header for every request; may be repeated', repeat, [])
    .option('--cacert <file>', 'PEM certificate of the authority to trust')
    .option('--cert <file>', 'PEM client certificate')
    .option('--key <file>', 'PEM key of the client certificate')
    .option('--insecure', 'do not check the TLS certificate', false)
    .option('--timeout <duration>', 'longest wait for one answer', '30s')
    .option('--heapdump', 'ask the probe for a heap dump at the end (it stops the program; see explain)', false)
    .option('--probe-token-file <file>', 'file with the token of the probe; else HEMOSTAT_PROBE_TOKEN')
    .option('--max-pause <duration>', 'longest pause to accept for the heap dump')
    .option('--syscalls', 'count system calls in the kernel, too (root); a PID has it where possible')
    .option('--no-syscalls', 'do not count system calls')
    .option('--verbose', 'list every capture with its cost', false);
}

/** What commander made of `addTargetOptions`; `out` is each command's own. */
export interface RawTargetOptions {
  readonly window?: string;
  readonly snapshots?: string;
  readonly loadMetric?: string;
  readonly pprof?: string;
  readonly goroutineLimit?: string;
  readonly user?: string;
  readonly bearerFile?: string;
  readonly header?: readonly string[];
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecure?: boolean;
  readonly timeout?: string;
  readonly heapdump?: boolean;
  readonly probeTokenFile?: string;
  readonly maxPause?: string;
  readonly pid?: string;
  readonly syscalls?: boolean;
  readonly verbose?: boolean;
  readonly out?: string;
}

/** Throws UsageError with the option's name and what it should look like. */
export function parseTargetOptions(raw: RawTargetOptions, env: NodeJS.ProcessEnv = process.env): CollectOptions {
  const windowMs = parseDuration(raw.window ?? '5m', '--window');
  if (windowMs < 100 || windowMs > 7 * 24 * 3_600_000) throw new UsageError('--window must be between 100ms and 168h');
  const timeoutMs = parseDuration(raw.timeout ?? '30s', '--timeout');
  if (timeoutMs < 1 || timeoutMs > 3_600_000) throw new UsageError('--timeout must be between 1ms and 1h');
  const bearer = readToken(raw.bearerFile, '--bearer-file', env.HEMOSTAT_BEARER);
  const user = parseUser(raw.user, env);
  if (raw.bearerFile !== undefined && user !== null) throw new UsageError('give --user or --bearer-file, not both');
  if ((raw.cert === undefined) !== (raw.key === undefined)) throw new UsageError('--cert and --key go together');
  return {
    windowMs,
    snapshots: wholeNumber(raw.snapshots ?? String(DEFAULTS.snapshots), '--snapshots', 2, 1000),
    goroutineLimit: wholeNumber(raw.goroutineLimit ?? String(DEFAULTS.goroutineLimit), '--goroutine-limit', 0, 1e9),
    ...(raw.out === undefined ? {} : { out: raw.out }),
    ...(raw.loadMetric === undefined ? {} : { loadMetric: raw.loadMetric }),
    ...(raw.pprof === undefined ? {} : { pprof: raw.pprof }),
    verbose: raw.verbose ?? false,
    ...heapDumpRequest(raw, env),
    syscalls: raw.syscalls === undefined ? 'where possible' : raw.syscalls ? 'insisted' : 'no',
    http: {
      headers: (raw.header ?? []).map(parseHeader),
      insecure: raw.insecure ?? false,
      timeoutMs,
      // --user is more explicit than a token that happens to be in the environment.
      ...(user !== null ? { user } : bearer === null ? {} : { bearer }),
      ...(raw.cacert === undefined ? {} : { ca: pem(raw.cacert, '--cacert') }),
      ...(raw.cert === undefined ? {} : { cert: pem(raw.cert, '--cert') }),
      ...(raw.key === undefined ? {} : { key: pem(raw.key, '--key') }),
    },
  };
}

/** The operands, or what --pid says, with the `--` that commander takes away: a command to start comes after it. */
export function targetWords(command: Command): string[] {
  const words = operands(command);
  const { pid } = command.opts<RawTargetOptions>();
  if (pid === undefined) return words;
  if (words.length > 0) throw new UsageError(`give either a target (${words[0]}) or --pid, not both`);
  if (!/^[1-9]\d{0,9}$/.test(pid)) throw new UsageError(`--pid: "${pid}" is no process number`);
  return [pid];
}

function operands(command: Command): string[] {
  let root = command;
  while (root.parent !== null) root = root.parent;
  // rawArgs is what parse() was given; commander documents it for exactly this.
  const raw: unknown = 'rawArgs' in root ? root.rawArgs : undefined;
  const words = Array.isArray(raw) ? raw.map(String) : [];
  const dashes = words.indexOf('--');
  if (dashes < 0) return command.args;
  const after = words.length - dashes - 1;
  return [...command.args.slice(0, command.args.length - after), '--', ...words.slice(dashes + 1)];
}

function heapDumpRequest(raw: RawTargetOptions, env: NodeJS.ProcessEnv): Pick<CollectOptions, 'heapdump'> {
  if (raw.heapdump !== true) {
    if (raw.maxPause !== undefined) throw new UsageError('--max-pause goes with --heapdump');
    return {};
  }
  const token = readToken(raw.probeTokenFile, '--probe-token-file', env.HEMOSTAT_PROBE_TOKEN);
  if (token === null)
    throw new UsageError('--heapdump needs the token of the probe: --probe-token-file FILE or HEMOSTAT_PROBE_TOKEN');
  if (raw.maxPause === undefined) return { heapdump: { token } };
  return { heapdump: { token, maxPause: `${parseDuration(raw.maxPause, '--max-pause')}ms` } };
}

function wholeNumber(text: string, option: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`${option}: "${text}" is not a whole number from ${least} to ${most}`);
}

function parseUser(text: string | undefined, env: NodeJS.ProcessEnv): { name: string; password: string } | null {
  if (text === undefined) return null;
  const colon = text.indexOf(':');
  if (colon >= 0) return { name: text.slice(0, colon), password: text.slice(colon + 1) };
  const password = env.HEMOSTAT_PASSWORD;
  if (password === undefined)
    throw new UsageError('--user has no password; write NAME:PASSWORD or set HEMOSTAT_PASSWORD');
  return { name: text, password };
}

/** A token from the option's file, else from the environment; null where there is none. */
export function readToken(file: string | undefined, option: string, fallback: string | undefined): string | null {
  const token = file === undefined ? (fallback ?? '').trim() : read(file, option).trim();
  if (file !== undefined && token === '') throw new UsageError(`${option}: ${file} is empty`);
  if (token !== '' && !isToken(token))
    throw new UsageError('the bearer token has spaces or other characters that no header may hold');
  return token === '' ? null : token;
}

/** The value is not repeated in messages: it may be a secret. */
function parseHeader(text: string): readonly [string, string] {
  const header = headerOf(text);
  if (header === null) throw new UsageError("--header: write it like 'Name: value', in plain characters on one line");
  return header;
}

function pem(file: string, option: string): string {
  const text = read(file, option);
  if (!isPem(text)) throw new UsageError(`${option}: ${file} is not PEM; convert it with openssl`);
  return text;
}

function read(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${option}: ${file} cannot be read (${codeOf(error) || messageOf(error)})`);
  }
}
