/** From a target to a bundle: the one way in which evidence is gathered live. */
import { hostname } from 'node:os';
import { readProfile } from '../evidence/pprof/read.ts';
import { BundleWriter } from './bundle-writer.ts';
import { Child } from './child.ts';
import { checkCounting, countSyscalls } from './count-syscalls.ts';
import { discover, type Service } from './discover.ts';
import { formatDuration } from './duration.ts';
import { TargetError, UsageError } from './error.ts';
import { bundleFiles } from './files.ts';
import { HttpClient } from './http.ts';
import { type Identity, identityOfProcess, identityOfProfile, localProcessOf } from './identity.ts';
import { chooseLoad } from './load.ts';
import { StderrLog } from './log.ts';
import type { Manifest } from './manifest.ts';
import { SCHEMA } from './manifest.ts';
import type { Collected, CollectHooks, CollectOptions, SyscallWish } from './options.ts';
import { findServiceOfPid } from './pid.ts';
import { goEnvironment, startTicks } from './procfs.ts';
import { redactArgv } from './redact.ts';
import type { ChildTarget, PidTarget, Target, UrlTarget } from './target.ts';
import type { Source } from './visit.ts';
import { runWindow, type WindowInput, type WindowResult } from './window.ts';

/**
 * Gathers evidence over the window and leaves it as a bundle. A bundle target is returned as it is. Throws TargetError
 * where nothing could be collected, UsageError for options that make no sense; nothing is left behind then.
 */
export async function collect(target: Target, options: CollectOptions, hooks: CollectHooks = {}): Promise<Collected> {
  if (target.kind === 'bundle') {
    if (options.out !== undefined) throw new UsageError(`${target.dir} is a bundle already; leave --out away`);
    refuseToCount(options, 'a bundle');
    return { dir: target.dir, temporary: false };
  }
  if (target.kind === 'files') refuseToCount(options, 'files');
  if (options.snapshots < 2) throw new UsageError('--snapshots must be 2 or more: growth needs two points');
  checkCounting(options);
  const writer = new BundleWriter(options.out);
  try {
    const manifest = await gather(target, options, hooks, writer);
    return { dir: writer.finish(manifest), temporary: writer.temporary };
  } catch (error) {
    writer.discard();
    throw error;
  }
}

function refuseToCount({ syscalls }: CollectOptions, target: string): void {
  if (syscalls === 'insisted')
    throw new UsageError(`--syscalls counts what a running process does, and the target is ${target}; leave it away`);
}

function gather(
  target: Exclude<Target, { kind: 'bundle' }>,
  options: CollectOptions,
  hooks: CollectHooks,
  writer: BundleWriter,
) {
  switch (target.kind) {
    case 'url':
      return gatherUrl(target, options, hooks, writer);
    case 'pid':
      return gatherPid(target, options, hooks, writer);
    case 'child':
      return gatherChild(target, options, hooks, writer);
    case 'files':
      return Promise.resolve(bundleFiles(target, writer));
  }
}

async function gatherUrl(
  target: UrlTarget,
  options: CollectOptions,
  hooks: CollectHooks,
  writer: BundleWriter,
): Promise<Manifest> {
  const service = await discover(new HttpClient(target.address, options.http));
  const notes = new Notes(hooks);
  const { pid, doubt } = await localProcessOf(service);
  if (doubt !== null) notes.add(doubt);
  let current: Source = { service, pid };
  let ticks = pid === null ? null : startTicks(pid);
  const about = describeProcess(pid);
  const source = async (): Promise<Source> => {
    // Gone, or another process under the same number: the service was restarted.
    if (pid !== null && (current.pid === null || startTicks(current.pid) !== ticks)) {
      const found = await localProcessOf(service);
      current = { service, pid: found.pid };
      ticks = found.pid === null ? null : startTicks(found.pid);
    }
    return current;
  };
  const counted = { pid, wish: onlyInsisted(options), notes };
  const result = await runCounted({ options, hooks, writer, source }, counted);
  const shown = service.client.show(service.pprof);
  const fallback = target.address.socketPath ?? new URL(target.address.origin).host;
  return conclude({ kind: 'url', description: shown, pid: current.pid }, fallback, {
    ...about,
    service,
    result,
    options,
    writer,
    notes,
    loadMetric: options.loadMetric,
  });
}

async function gatherPid(
  target: PidTarget,
  options: CollectOptions,
  hooks: CollectHooks,
  writer: BundleWriter,
): Promise<Manifest> {
  const notes = new Notes(hooks);
  const { pid } = target;
  const { service, note } = await findServiceOfPid(pid, options);
  if (note !== null) notes.add(note);
  const ticks = startTicks(pid);
  const about = describeProcess(pid);
  const ended = new AbortController();
  const source = async (): Promise<Source> => {
    if (startTicks(pid) !== ticks) ended.abort(`process ${pid} has ended`);
    return ended.signal.aborted ? { service: null, pid: null } : { service, pid };
  };
  const counted = { pid, wish: options.syscalls, notes };
  const result = await runCounted({ options, hooks, writer, source, ended: ended.signal }, counted);
  if (ended.signal.aborted) notes.add(`${String(ended.signal.reason)} before the window was over`);
  return conclude({ kind: 'pid', description: `process ${pid}`, pid }, `pid ${pid} on ${hostname()}`, {
    ...about,
    service,
    result,
    options,
    writer,
    notes,
    loadMetric: options.loadMetric,
  });
}

async function gatherChild(
  target: ChildTarget,
  options: CollectOptions,
  hooks: CollectHooks,
  writer: BundleWriter,
): Promise<Manifest> {
  const notes = new Notes(hooks);
  const log = new StderrLog(writer);
  const child = await Child.start(target, {
    http: options.http,
    ...(options.pprof === undefined ? {} : { pprof: options.pprof }),
    ...(target.lab === undefined || options.verbose
      ? { onOutput: hooks.onOutput ?? ((line) => process.stderr.write(`${line}\n`)) }
      : {}),
    log: (chunk) => log.write(chunk),
  });
  try {
    const found = await child.findService(hooks.signal);
    if (hooks.signal?.aborted === true)
      throw new TargetError('stopped before the first snapshot, so nothing was collected');
    if (found === null)
      notes.add('the program serves no net/http/pprof, so only its process and its GC trace could be watched');
    const service = found?.service ?? null;
    const pid = found?.pid ?? child.pid;
    const about = describeProcess(pid);
    const source = async (): Promise<Source> => ({ service, pid });
    const counted = { pid, wish: onlyInsisted(options), notes };
    const result = await runCounted({ options, hooks, writer, source, ended: child.ended }, counted);
    if (child.ended.aborted) notes.add(`${String(child.ended.reason)}, before the window was over`);
    await child.stop();
    log.close(result.start);
    if (log.note !== null) notes.add(log.note);
    const description = target.lab === undefined ? redactArgv(target.argv).join(' ') : `lab:${target.lab}`;
    return conclude({ kind: target.lab === undefined ? 'child' : 'lab', description, pid }, `pid ${pid}`, {
      service,
      result,
      options,
      writer,
      notes,
      ...about,
      loadMetric: options.loadMetric ?? target.loadMetric,
    });
  } finally {
    await child.stop();
    log.close(Date.now());
  }
}

/** The window, with the system calls of `pid` counted meanwhile as far as `wish` says. */
async function runCounted(
  input: WindowInput,
  { pid, wish, notes }: { pid: number | null; wish: SyscallWish | undefined; notes: Notes },
): Promise<WindowResult> {
  const { windowMs } = input.options;
  const wanted = { windowMs, ...(wish === undefined ? {} : { syscalls: wish }) };
  const counting = await countSyscalls(pid, wanted, input.writer, (sentence) => notes.add(sentence));
  try {
    return await runWindow(input);
  } finally {
    await counting.end();
  }
}

/** What is not a process that was named is counted only where that was asked for. */
function onlyInsisted({ syscalls }: CollectOptions): SyscallWish {
  return syscalls === 'insisted' ? 'insisted' : 'no';
}

interface Outcome {
  readonly service: Service | null;
  readonly result: WindowResult;
  readonly options: CollectOptions;
  readonly writer: BundleWriter;
  readonly notes: Notes;
  readonly loadMetric: string | undefined;
  /** Read before the window: the process may be gone after it. Null and empty for a remote one. */
  readonly identity: Identity | null;
  readonly environment: NonNullable<Manifest['environment']>;
}

function describeProcess(pid: number | null): Pick<Outcome, 'identity' | 'environment'> {
  if (pid === null) return { identity: null, environment: {} };
  return { identity: identityOfProcess(pid), environment: goEnvironment(pid) };
}

function conclude(
  target: { kind: Manifest['target']['kind']; description: string; pid: number | null },
  instance: string,
  outcome: Outcome,
): Manifest {
  const { result, options, notes } = outcome;
  const { visits } = result;
  if (!visits.some((visit) => visit.heap || visit.process)) {
    const why = visits.find((visit) => visit.error !== null)?.error;
    throw new TargetError(why ?? `nothing could be collected from ${target.description}; is it still running?`);
  }
  if (result.interrupted) {
    const took = formatDuration(result.end - result.start);
    notes.add(`the window was ended early, after ${took} of ${formatDuration(options.windowMs)}`);
  }
  const pages = visits.flatMap((visit) => visit.pages);
  const load = chooseLoad(pages, outcome.loadMetric);
  if (load === null && outcome.loadMetric !== undefined) {
    const where =
      pages.length === 0 ? 'the service has neither /debug/vars nor /metrics' : 'no page of the service has it';
    notes.add(`the load metric ${outcome.loadMetric} could not be read: ${where}`);
  }
  const local = outcome.identity;
  const profile =
    local === null
      ? identityOfHeap(
          visits.map((visit) => visit.heap),
          outcome.writer,
        )
      : null;
  const told = visits.find((visit) => visit.goVersion !== undefined)?.goVersion;
  return {
    schema: SCHEMA,
    target: { kind: target.kind, description: target.description, ...(target.pid === null ? {} : { pid: target.pid }) },
    service: local?.service || profile?.service || instance,
    instance,
    goVersion: local?.goVersion ?? told ?? profile?.goVersion ?? null,
    mainModule: local?.mainModule ?? null,
    ...environmentOf(outcome.environment),
    start: result.start,
    end: result.end,
    planned: { windowMs: options.windowMs, snapshots: options.snapshots },
    interrupted: result.interrupted,
    load,
    notes: notes.all,
    captures: outcome.writer.captures,
  };
}

function environmentOf(environment: NonNullable<Manifest['environment']>): Pick<Manifest, 'environment'> {
  return Object.keys(environment).length === 0 ? {} : { environment };
}

function identityOfHeap(heaps: readonly boolean[], writer: BundleWriter): Identity | null {
  const index = heaps.indexOf(true);
  const file = writer.captures.find((capture) => capture.kind === 'heap' && capture.snapshot === index)?.file;
  if (file === undefined) return null;
  try {
    return identityOfProfile(readProfile(writer.read(file)));
  } catch {
    return null; // told when the bundle is read
  }
}

/** Sentences for the manifest, told at once as well. */
class Notes {
  readonly all: string[] = [];
  readonly #hooks: CollectHooks;

  constructor(hooks: CollectHooks) {
    this.#hooks = hooks;
  }

  add(sentence: string): void {
    this.all.push(sentence);
    this.#hooks.onNote?.(sentence);
  }
}
