/** Runs `hemostat watch`: from options to a configuration, from signals to the end of the server. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDuration, parseDuration } from '../collect/duration.ts';
import { messageOf } from '../collect/error.ts';
import type { WatchConfig } from '../watch/config/config.ts';
import { describeConfig } from '../watch/config/describe.ts';
import { readConfig } from '../watch/config/read.ts';
import { configFromWords, withEvery, withFlags } from '../watch/config/words.ts';
import { createLog, type Logger } from '../watch/log.ts';
import type { WatchServer } from '../watch/server.ts';
import { EXIT, UsageError } from './exit.ts';
import { readToken } from './target-options.ts';
import { HOME, version } from './version.ts';
import type { WatchOptions } from './watch.ts';
import { backupHistory, verifyHistory } from './watch-history.ts';
import { tellFindings } from './watch-tell.ts';

/** After a first Ctrl-C, until the process ends whatever is left to do, ms. */
const LAST_MS = 9_500;

export async function watch(words: readonly string[], options: WatchOptions): Promise<void> {
  if (options.backup !== undefined) return await backupHistory(options, options.backup);
  if (options.verify === true) return await verifyHistory(options);
  const everyMs = options.every === undefined ? null : parseDuration(options.every, '--every');
  const config = await configOf(words, options, everyMs);
  if (options.checkConfig === true) return check(config);
  const temporary = options.config === undefined && options.data === undefined;
  const dataDir = temporary ? mkdtempSync(join(tmpdir(), 'hemostat-watch-')) : config.dataDir;
  const log = createLog(config.log.level, process.stderr.isTTY === true);
  const remove = (): void => rmSync(dataDir, { recursive: true, force: true });
  // On exit as well: a second Ctrl-C does not wait for the end of this function.
  if (temporary) process.once('exit', remove);
  await run({ ...config, dataDir }, options, { log, temporary, everyMs });
  if (temporary) remove();
}

async function configOf(words: readonly string[], options: WatchOptions, everyMs: number | null): Promise<WatchConfig> {
  const { config: file, listen, data, loadMetric, source, syscalls, recording } = options;
  const token = readToken(options.tokenFile, '--token-file', process.env.HEMOSTAT_TOKEN);
  const flags = {
    ...(listen === undefined ? {} : { listen }),
    ...(data === undefined ? {} : { data }),
    ...(token === null ? {} : { token }),
  };
  if (file !== undefined) {
    for (const [name, value] of Object.entries({
      '--every': everyMs,
      '--load-metric': loadMetric,
      '--source': source,
      '--syscalls': syscalls,
      '--recording': recording,
    }))
      if (value !== null && value !== undefined)
        throw new UsageError(`${name} is for targets on the command line; write it into ${file}`);
    return withFlags(await readConfig(file), flags);
  }
  if (source !== undefined) {
    const { objectionTo } = await import('../review/service.ts');
    const objection = objectionTo(source, `--source ${source}`);
    if (objection !== null) throw new UsageError(objection);
  }
  const config = await configFromWords(words, {
    ...flags,
    ...(loadMetric === undefined ? {} : { loadMetric }),
    ...(source === undefined ? {} : { source }),
    syscalls: syscalls === true,
    recordings: recording ?? [],
    logLevel: options.verbose === true ? 'debug' : 'warn',
  });
  return everyMs === null ? config : withEvery(config, everyMs);
}

function check(config: WatchConfig): void {
  const { lines, warnings } = describeConfig(config);
  for (const line of lines) process.stdout.write(`${line}\n`);
  for (const warning of warnings) process.stderr.write(`hemostat: ${warning}\n`);
}

interface Circumstances {
  readonly log: Logger;
  readonly temporary: boolean;
  readonly everyMs: number | null;
}

async function run(config: WatchConfig, options: WatchOptions, about: Circumstances): Promise<void> {
  const { log, temporary } = about;
  const ended = Promise.withResolvers<void>();
  let signals = 0;
  const onEnd = (): void => {
    if (++signals > 1) process.exit(130);
    // Whatever hangs: a supervisor would kill it, which is worse than this.
    setTimeout(() => process.exit(EXIT.ok), LAST_MS).unref();
    ended.resolve();
  };
  process.on('SIGINT', onEnd);
  process.on('SIGTERM', onEnd);
  // A fault in one corner must not end the watching of everything else.
  const onFault = (error: unknown): void => log.error({ err: error }, `unexpected: ${messageOf(error)}`);
  process.on('unhandledRejection', onFault);
  const page = { url: '' };
  const say = (line: string) => process.stdout.write(`${line}\n`);
  // Loaded when it is clear what to watch: a mistake in the configuration is told at once.
  const { WatchServer } = await import('../watch/server.ts');
  const { labSource } = await import('../watch/targets/lab.ts');
  const server = await WatchServer.start({
    config,
    version: version(),
    log,
    uiDir: uiDirectory(),
    sources: config.labs.length === 0 ? [] : [labSource(config.labs, about.everyMs)],
    ...(config.file === null ? tellFindings(() => page.url, say) : {}),
  });
  page.url = server.url;
  const onReload = (): void => void reload(server, options, log);
  process.on('SIGHUP', onReload);
  try {
    introduce(config, server.url, temporary);
    if (config.file !== null)
      log.info(
        { version: version(), data: config.dataDir },
        `watching what ${config.file} says, page at ${server.url}`,
      );
    if (options.open === true) openBrowser(server.url);
    await ended.promise;
    await server.stop();
  } finally {
    process.off('SIGINT', onEnd);
    process.off('SIGTERM', onEnd);
    process.off('SIGHUP', onReload);
    process.off('unhandledRejection', onFault);
  }
}

async function reload(server: WatchServer, options: WatchOptions, log: Logger): Promise<void> {
  if (options.config === undefined) return server.reviewSources();
  try {
    server.reconfigure(await configOf([], options, null));
    log.info({}, `${options.config} was read again`);
  } catch (error) {
    server.configProblem(`the configuration was not changed: ${messageOf(error)}`);
  }
}

function introduce(config: WatchConfig, url: string, temporary: boolean): void {
  const say = (line: string) => process.stderr.write(`hemostat: ${line}\n`);
  say(`the page is at ${url}${config.token === null ? '' : ' (it asks for the token)'}`);
  if (config.file === null) {
    const first = config.discovery.flatMap((source) => (source.kind === 'static' ? source.targets : []));
    const names = [...config.labs.map((lab) => `lab:${lab}`), ...first.map(({ info }) => info.url)];
    const every = first[0]?.schedule.profilesEveryMs;
    say(
      `watching ${names.join(', ')}${every === undefined ? '' : `, profiles every ${formatDuration(every)}`}; Ctrl-C ends it`,
    );
  }
  if (temporary) say('history is removed at the end; keep it with --data DIR');
}

function uiDirectory(): string | null {
  const dir = join(HOME, 'ui', 'dist');
  return existsSync(join(dir, 'index.html')) ? dir : null;
}

function openBrowser(url: string): void {
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(opener, [url], { detached: true, stdio: 'ignore' });
  child.on('error', () => process.stderr.write(`hemostat: there is no ${opener} here; open ${url} yourself\n`));
  child.unref();
}
