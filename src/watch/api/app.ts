/**
 * The HTTP side of `hemostat watch`: the API of contract.ts, live events, the server's own metrics, and the page. Nothing
 * that a request says makes the server ask anybody else.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { UsageError } from '../../collect/error.ts';
import { createFlameAside } from './aside/flame-aside.ts';
import type { Backend } from './backend.ts';
import { installCompression } from './compress.ts';
import { installGuard } from './guard.ts';
import { answerProblem } from './problem.ts';
import { captureRoutes } from './routes/captures.ts';
import { compareRoutes } from './routes/compare.ts';
import { eventRoutes } from './routes/events.ts';
import { findingRoutes } from './routes/findings.ts';
import { flameRoutes } from './routes/flame.ts';
import { fleetRoutes } from './routes/fleet.ts';
import { type OpenOptions, openRoutes } from './routes/open.ts';
import { pageRoutes } from './routes/page.ts';
import { respondRoutes } from './routes/respond.ts';
import { serviceRoutes } from './routes/service.ts';
import { sessionRoutes } from './routes/session.ts';
import { statusRoutes } from './routes/status.ts';

export interface ApiOptions {
  /** Null: no token is needed; only where `loopback`. */
  readonly token: string | null;
  /** The server listens on a loopback address only. */
  readonly loopback: boolean;
  /** Directory with the built page; null or a directory that is not there: a note instead of it. */
  readonly uiDir: string | null;
  /** /metrics without the token: for a Prometheus that cannot send one. */
  readonly openMetrics?: boolean;
  /** For files on their way that a person opens; made, emptied at the start, and of nobody else. */
  readonly tempDir?: string;
  /** What opening a file may take; for tests. */
  readonly open?: Pick<OpenOptions, 'limits' | 'heapDump' | 'other'>;
  readonly logger?: FastifyBaseLogger;
}

/** Bodies of JSON are small; POST /api/open has limits of its own. Bytes. */
const BODY_LIMIT = 64 * 1024;
/** For all of a request to arrive, ms: the largest upload at 4 MiB/s. */
const REQUEST_TIMEOUT = 10 * 60_000;

/** Not listening yet. Throws UsageError where it would be open to everybody. */
export async function createApi(backend: Backend, options: ApiOptions): Promise<FastifyInstance> {
  if (options.token === null && !options.loopback) {
    throw new UsageError(
      'Listening on an address that others can reach needs a token: set `token` in the configuration.',
    );
  }
  const app = fastify({
    ...(options.logger === undefined ? { logger: false } : { loggerInstance: options.logger }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    routerOptions: { maxParamLength: 700 },
    // Also what is wrong before there is a route: a URL that is no URL, a path that cannot be decoded.
    frameworkErrors: answerProblem,
  });
  // JSON only: what a form of another site can send (text/plain) is no body of ours.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerProblem);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    // Whether there is HTTPS is for the proxy in front to say.
    strictTransportSecurity: false,
  });
  installCompression(app);
  const guard = installGuard(app, { token: options.token, loopback: options.loopback, now: () => backend.now() });
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'hemostat watch', version: backend.version, license: { name: 'Apache-2.0' } },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: options.token === null ? [] : [{ token: [] }],
    },
    transform: jsonSchemaTransform,
  });
  const tokenNeeded = options.token !== null;
  const aside = createFlameAside();
  app.addHook('onClose', () => aside.close());
  await app.register(sessionRoutes, { guard, tokenNeeded });
  await app.register(fleetRoutes, { backend });
  await app.register(serviceRoutes, { backend });
  await app.register(findingRoutes, { backend });
  await app.register(respondRoutes, { backend });
  await app.register(captureRoutes, { backend, tokenNeeded });
  await app.register(flameRoutes, { backend, aside });
  await app.register(compareRoutes, { backend });
  await app.register(openRoutes, {
    backend,
    directory: options.tempDir ?? join(tmpdir(), `hemostat-watch-${process.pid}`),
    ...options.open,
  });
  await app.register(eventRoutes, { backend });
  await app.register(statusRoutes, { backend, openMetrics: options.openMetrics === true });
  await app.register(pageRoutes, { uiDir: options.uiDir });
  return app;
}
