/** The page's files, as vite built them. They hold no data, so that everybody may have them: the login is among them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyPluginAsync } from 'fastify';
import { ApiProblem, notFound } from '../problem.ts';

const NOT_BUILT =
  'The page was not built: run `make setup` in the checkout. The API is at /api, described by /openapi.json.';

export const pageRoutes: FastifyPluginAsync<{ uiDir: string | null }> = async (app, { uiDir }) => {
  const built = uiDir !== null && existsSync(join(uiDir, 'index.html'));
  if (built) await app.register(fastifyStatic, { root: uiDir, serve: false, index: false, dotfiles: 'deny' });

  app.setNotFoundHandler((request) => {
    throw request.method === 'GET' || request.method === 'HEAD'
      ? notFound('such page')
      : new ApiProblem(404, 'There is nothing here that takes this request.');
  });

  app.get('/*', { config: { public: true }, schema: { hide: true } }, async (request, reply) => {
    const path = pathOf(request.params);
    if (/^(api|metrics)(\/|$)/.test(path)) throw notFound('such part of the API');
    if (!built) throw new ApiProblem(503, NOT_BUILT);
    // Every address of the page is the one file; only files have a dot in their name.
    const isFile = /\.[A-Za-z0-9]+$/.test(path);
    // Names below assets/ have a hash of what is in them.
    if (path.startsWith('assets/')) reply.header('cache-control', 'public, max-age=31536000, immutable');
    else reply.header('cache-control', 'no-cache');
    return reply.sendFile(isFile ? path : 'index.html', { cacheControl: false });
  });
};

function pathOf(params: unknown): string {
  if (typeof params !== 'object' || params === null || !('*' in params)) return '';
  return typeof params['*'] === 'string' ? params['*'] : '';
}
