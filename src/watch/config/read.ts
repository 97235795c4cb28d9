/** Reads the configuration file: YAML with positions, checked by zod, then what it refers to. All mistakes are told at once. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isAlias, LineCounter, parseDocument, visit } from 'yaml';
import { UsageError, unreadable } from '../../collect/error.ts';
import type { YamlSource } from '../../findings/yaml-file.ts';
import { placeOf, shortened, syntaxMessage } from '../../findings/yaml-places.ts';
import { buildAlerts } from './build-alerts.ts';
import { buildJobs } from './build-jobs.ts';
import { buildRespond } from './build-respond.ts';
import type { WatchConfig } from './config.ts';
import { References } from './credentials.ts';
import {
  DEFAULT_CONCURRENCY,
  DEFAULT_LISTEN,
  DEFAULT_RETENTION,
  DEFAULT_SYSCALLS,
  defaultDataDir,
} from './defaults.ts';
import { isLoopback, parseListen } from './listen.ts';
import { ConfigError, explainIssue, type Mistake, mistakeAt } from './mistakes.ts';
import { type FileConfig, fileSchema } from './schema.ts';
import { durationMs, sizeBytes } from './units.ts';

/** More mistakes than this are told when these are mended. */
const MOST_ISSUES = 100;

/** Throws UsageError (ConfigError with places) with one line per mistake. `env` is where `${NAME}` is looked up. */
export async function readConfig(path: string, env: NodeJS.ProcessEnv = process.env): Promise<WatchConfig> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} ${unreadable(error)}; check the path after --config`);
  }
  return parseConfig(text, path, env);
}

/** `path` is for messages, and for what relative paths are relative to. */
export function parseConfig(text: string, path: string, env: NodeJS.ProcessEnv): WatchConfig {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, logLevel: 'error', merge: true });
  if (document.errors.length > 0) {
    const mistakes = document.errors.map((error) => ({
      ...placeOf(counter, error.pos[0]),
      says: syntaxMessage(error),
    }));
    throw new ConfigError(path, mistakes);
  }
  const source: YamlSource = { root: document.contents, counter };
  const strangers: Mistake[] = [];
  const anchors = new Set<string>();
  // In the order of the text. (`alias.resolve()` looks through the whole document for each alias.)
  visit(document, {
    Node: (_key, node) => {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.add(node.anchor);
      } else if (!anchors.has(node.source)) {
        const place = placeOf(counter, node.range?.[0] ?? 0);
        strangers.push({
          ...place,
          says: `there is no anchor &${shortened(node.source)} before *${shortened(node.source)}`,
        });
      }
    },
  });
  if (strangers.length > 0) throw new ConfigError(path, strangers);
  let value: unknown;
  try {
    value = document.toJS();
  } catch {
    throw new ConfigError(path, [{ line: 1, column: 1, says: 'the file refers to itself too often (aliases)' }]);
  }
  const parsed = fileSchema.safeParse(value ?? {});
  if (!parsed.success)
    throw new ConfigError(
      path,
      parsed.error.issues.slice(0, MOST_ISSUES).flatMap((issue) => explainIssue(issue, source)),
    );
  const refs = new References(source, dirname(resolve(path)), env);
  const config = build(parsed.data, path, refs, env, source);
  if (refs.mistakes.length > 0) throw new ConfigError(path, refs.mistakes);
  return config;
}

function build(
  file: FileConfig,
  path: string,
  refs: References,
  env: NodeJS.ProcessEnv,
  source: YamlSource,
): WatchConfig {
  const token = refs.token(file.token_file, file.token, [], ['token_file', 'token']) ?? null;
  const listen = file.listen === undefined ? DEFAULT_LISTEN : parseListen(file.listen);
  if (listen === null) refs.wrong(['listen'], `must be an address like 127.0.0.1:7070 and not "${file.listen}"`);
  else if (!isLoopback(listen.host) && (file.token_file ?? file.token) === undefined) {
    const says = `${file.listen} can be reached from other machines, so token_file must name a file with a token for the page`;
    refs.mistakes.push(mistakeAt(source, ['listen'], says));
  }
  const alerts = buildAlerts(file.alerts, refs);
  return {
    file: path,
    dataDir: file.data_dir === undefined ? defaultDataDir(env) : refs.path(file.data_dir),
    listen: listen ?? DEFAULT_LISTEN,
    token,
    discovery: buildJobs(file, refs),
    labs: [],
    syscalls: syscalls(file.syscalls, refs),
    retention: retention(file.retention, refs),
    alerts,
    respond: buildRespond(file.respond, alerts, refs),
    concurrency: file.concurrency ?? DEFAULT_CONCURRENCY,
    log: { level: file.log?.level ?? 'info' },
  };
}

function syscalls(file: FileConfig['syscalls'], refs: References): WatchConfig['syscalls'] {
  const { collect, recordings, profiles, learn, warm_up: warmUp, window } = file ?? {};
  const usual = DEFAULT_SYSCALLS;
  const within = (text: string | undefined, key: string, byDefault: number, least: number, most: number): number =>
    text === undefined ? byDefault : refs.duration(text, ['syscalls', key], least, most);
  const day = 86_400_000;
  return {
    collect: collect ?? usual.collect,
    recordings: (recordings ?? []).map((path) => refs.path(path)),
    profiles: profiles === undefined ? usual.profiles : refs.path(profiles),
    learnMs: learn === 'off' ? null : within(learn, 'learn', usual.learnMs ?? day, 1000, 30 * day),
    warmUpMs: within(warmUp, 'warm_up', usual.warmUpMs, 0, day),
    windowMs: within(window, 'window', usual.windowMs, 1000, 3_600_000),
  };
}

function retention(file: FileConfig['retention'], refs: References): WatchConfig['retention'] {
  const { full, medium, long, profiles, profile_bytes: bytes } = file ?? {};
  const { fullMs, mediumMs, longMs, blobMs, blobBytes } = DEFAULT_RETENTION;
  const policy = {
    fullMs: full === undefined ? fullMs : durationMs(full),
    mediumMs: medium === undefined ? mediumMs : durationMs(medium),
    longMs: long === undefined ? longMs : durationMs(long),
    blobMs: profiles === undefined ? blobMs : durationMs(profiles),
    blobBytes: bytes === undefined ? blobBytes : sizeBytes(bytes),
  };
  const week = 7 * 86_400_000;
  if (policy.longMs < week) refs.wrong(['retention', 'long'], 'must be at least 7d: findings are measured over a week');
  // The defaults give way to what is written, so that one key can be set alone.
  if (medium === undefined) policy.mediumMs = Math.min(Math.max(policy.mediumMs, policy.fullMs), policy.longMs);
  if (full === undefined) policy.fullMs = Math.min(policy.fullMs, policy.mediumMs);
  if (profiles === undefined) policy.blobMs = Math.min(policy.blobMs, policy.longMs);
  const order = [
    ['full', policy.fullMs, 'medium', policy.mediumMs],
    ['medium', policy.mediumMs, 'long', policy.longMs],
    ['profiles', policy.blobMs, 'long', policy.longMs],
  ] as const;
  for (const [key, ms, other, most] of order)
    if (ms > most) refs.wrong(['retention', key], `must not be longer than ${other}`);
  return policy;
}
