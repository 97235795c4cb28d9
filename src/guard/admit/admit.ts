/** The whole webhook: configuration to a running server, and back to nothing. */
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
  /** Where the audit log goes without a file. */
  readonly auditTo: DestinationStream;
  /** For tests: instead of registries, rules and clock. */
  readonly source?: ImageSource;
  readonly checkWorkload?: WorkloadCheck;
  readonly now?: () => number;
}

export interface RunningAdmit {
  readonly url: string;
  readonly metricsUrl: string;
  /** SIGHUP: the audit log is opened again, the certificate looked at. */
  reopen(): void;
  stop(): Promise<void>;
}

const SWEEP_MS = 1000;
const SAVE_MS = 60_000;

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
  const { file } = settings.audit;
  const audit =
    file === undefined ? AuditLog.to(around.auditTo, onAuditError) : await AuditLog.toFile(file, onAuditError);
  const tools = { looker, config, now, checkWorkload: around.checkWorkload ?? ((object) => checkWorkload(object)) };
  const save = (): void => {
    try {
      store?.save(tools.looker.facts);
    } catch (error) {
      metrics.storeFailed();
      say('error', `the cache cannot be written to disk: ${messageOf(error)}`);
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
  const saving = setInterval(save, SAVE_MS);
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
    reopen: () => {
      audit.reopen();
      certificate.check();
    },
    stop: async () => {
      await running.stop();
      save();
      close();
    },
  };
}
