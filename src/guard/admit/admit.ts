/** The whole webhook: configuration to a running server, and back to nothing. */
import { isDeepStrictEqual } from 'node:util';
import type { DestinationStream } from 'pino';
import { checkWorkload } from '../config/workload/check.ts';
import { messageOf } from '../error.ts';
import { createHttp } from '../http/create.ts';
import { credentialsOf } from '../registry/credentials.ts';
import { AuditLog } from './audit.ts';
import { Certificate } from './certificate.ts';
import type { AdmitConfig } from './config.ts';
import { decide, type WorkloadCheck } from './decide.ts';
import { type ImageSource, Looker } from './looker.ts';
import { AdmitMetrics } from './metrics.ts';
import { AdmitServer } from './server.ts';
import { registrySource } from './source.ts';
import { FactsStore } from './store.ts';

export interface AdmitEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The server's own log, one sentence each. */
  readonly say: (level: 'info' | 'warn' | 'error', says: string) => void;
  /** For tests: where the audit log goes without a file, instead of standard output. */
  readonly auditTo?: DestinationStream;
  /** Reads the configuration again. @throws GuardUsageError where it cannot be used */
  readonly readConfig?: () => AdmitConfig;
  /** For tests: instead of registries, rules and clock. */
  readonly source?: ImageSource;
  readonly checkWorkload?: WorkloadCheck;
  readonly now?: () => number;
}

export interface RunningAdmit {
  readonly url: string;
  readonly metricsUrl: string;
  /** SIGHUP: configuration and certificate are read again, the audit log is opened again. */
  reload(): void;
  stop(): Promise<void>;
}

const SWEEP_MS = 1000;
const SAVE_MS = 10_000;
/** Taken over while it runs; the rest needs a start. */
const LIVE = ['policies', 'trust', 'exempt'] as const;

/** @throws GuardUsageError where something of the configuration cannot be used */
export async function startAdmit(config: AdmitConfig, around: AdmitEnvironment): Promise<RunningAdmit> {
  const { settings } = config;
  const { say } = around;
  const now = around.now ?? Date.now;
  let server: AdmitServer | null = null;
  let looker: Looker | null = null;
  let certificate: Certificate | null = null;
  const metrics = new AdmitMetrics({
    certificateExpiry: () => (certificate === null ? null : certificate.notAfter.getTime() / 1000),
    cached: () => looker?.facts.size ?? 0,
    running: () => server?.running ?? 0,
  });
  certificate = new Certificate(settings.tls, {
    onChange: (_options, notAfter) => {
      server?.renewCertificate();
      say('info', `the certificate changed; the new one ends on ${notAfter.toISOString()}`);
    },
    onBroken: (says) => {
      metrics.certificateFailed();
      say('error', `the certificate changed and cannot be used, so the old one stays: ${says}`);
    },
  });
  const credentials = settings.registry.credentials;
  const http = createHttp({ env: around.env, connections: settings.registry.connections });
  const source =
    around.source ??
    registrySource({
      http,
      credentials: () =>
        credentialsOf(credentials === undefined ? around.env : { ...around.env, REGISTRY_AUTH_FILE: credentials }),
      plainHttp: settings.registry['plain-http'],
      now: () => new Date(now()),
    });
  looker = new Looker(source, settings.cache, {
    now,
    random: Math.random,
    onRefresh: (outcome, error) => {
      metrics.refreshed(outcome);
      if (outcome === 'failed') say('warn', `a look in the background failed: ${messageOf(error)}`);
    },
  });
  const store = settings.cache.directory === undefined ? null : new FactsStore(settings.cache.directory);
  const restored = store?.load(looker.facts, now(), settings.cache['stale-seconds'] * 1000);
  if (restored !== undefined && restored.says !== '') say('warn', restored.says);
  if (restored !== undefined && restored.count > 0) say('info', `${restored.count} digests are known from before`);
  const onAuditError = (error: unknown): void => {
    metrics.auditFailed();
    say('error', `the audit log cannot be written: ${messageOf(error)}`);
  };
  const audit = await openAudit(settings.audit.file, around.auditTo, onAuditError);
  const tools = { looker, config, now, checkWorkload: around.checkWorkload ?? ((object) => checkWorkload(object)) };
  let saved = tools.looker.facts.changes;
  const save = async (): Promise<void> => {
    const { changes } = tools.looker.facts;
    if (store === null || changes === saved) return;
    try {
      await store.save(tools.looker.facts);
      saved = changes;
    } catch (error) {
      metrics.storeFailed();
      say('error', `the cache cannot be written to disk: ${messageOf(error)}`);
    }
  };
  const readAgain = (): void => {
    if (around.readConfig === undefined) return;
    try {
      const next = around.readConfig();
      const later = changedKeys(tools.config.settings, next.settings).filter((key) => !LIVE.some((one) => one === key));
      // What needs a start stays as it is, and is told again each time until then.
      tools.config = { ...next, settings: { ...settings, ...pick(next.settings) } };
      metrics.configRead('taken');
      for (const warning of next.warnings) say('warn', warning);
      say('info', `the configuration was read again: ${LIVE.join(', ')} hold from now on`);
      if (later.length > 0) say('warn', `${later.join(', ')} changed as well, which only a new start takes over`);
    } catch (error) {
      metrics.configRead('broken');
      say('error', `the configuration cannot be used, so the old one stays: ${messageOf(error)}`);
    }
  };
  const close = (): void => {
    clearInterval(sweep);
    clearInterval(saving);
    certificate.close();
    http.close();
    audit.close();
  };
  const sweep = setInterval(() => tools.looker.sweep(), SWEEP_MS);
  const saving = setInterval(() => void save(), SAVE_MS);
  try {
    server = await AdmitServer.start({
      listen: settings.listen,
      metricsListen: settings.metrics.listen,
      certificate,
      clientCertificates: settings.tls['client-ca'] !== undefined,
      timeoutMs: settings['timeout-ms'],
      mostReviews: settings['most-reviews'],
      drainMs: settings['drain-seconds'] * 1000,
      stopMs: settings['stop-seconds'] * 1000,
      metrics,
      audit,
      decide: async (request, timeoutMs) => {
        const { promise: deadline, resolve } = Promise.withResolvers<null>();
        const timer = setTimeout(() => resolve(null), Math.max(0, timeoutMs));
        try {
          return await decide(request, { ...tools, deadline });
        } finally {
          clearTimeout(timer);
        }
      },
      onDefect: (error) =>
        say(
          'error',
          `unexpected, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        ),
    });
  } catch (error) {
    close();
    throw error;
  }
  const running = server;
  return {
    url: running.url,
    metricsUrl: running.metricsUrl,
    reload: () => {
      readAgain();
      audit.reopen();
      certificate.check();
    },
    stop: async () => {
      await running.stop();
      await save();
      close();
    },
  };
}

function openAudit(
  file: string | undefined,
  to: DestinationStream | undefined,
  onError: (error: unknown) => void,
): Promise<AuditLog> | AuditLog {
  if (file !== undefined) return AuditLog.toFile(file, onError);
  return to === undefined ? AuditLog.toStandardOutput(onError) : AuditLog.to(to, onError);
}

type Settings = AdmitConfig['settings'];

function pick({ policies, trust, exempt }: Settings): Pick<Settings, (typeof LIVE)[number]> {
  return { policies, trust, exempt };
}

/** Keys of the file whose values differ. */
function changedKeys(a: Settings, b: Settings): string[] {
  const before = new Map<string, unknown>(Object.entries(a));
  return Object.entries(b).flatMap(([key, value]) => (isDeepStrictEqual(before.get(key), value) ? [] : [key]));
}
