/** Logging in on the page: the token goes in once, and a cookie that scripts cannot read comes out. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { loginBody, session } from '../contract.ts';
import type { Guard } from '../guard.ts';
import { cookieHeader } from '../session.ts';
import { problems } from './shared.ts';

export const sessionRoutes: FastifyPluginAsyncZod<{ guard: Guard; tokenNeeded: boolean }> = async (
  app,
  { guard, tokenNeeded },
) => {
  const config = { public: true };
  app.get(
    '/api/session',
    { config, schema: { security: [], response: { 200: session, ...problems } } },
    async (request) => ({ tokenNeeded, loggedIn: guard.isLoggedIn(request) }),
  );
  app.post(
    '/api/login',
    { config, schema: { security: [], body: loginBody, response: { 204: z.null(), ...problems } } },
    async (request, reply) => {
      const value = guard.login(request.body.token, request);
      const secure = request.headers['x-forwarded-proto'] === 'https';
      if (value !== '') reply.header('set-cookie', cookieHeader(value, secure));
      return reply.code(204).send(null);
    },
  );
  app.post(
    '/api/logout',
    { config, schema: { security: [], response: { 204: z.null(), ...problems } } },
    async (_request, reply) => reply.code(204).header('set-cookie', cookieHeader('', false)).send(null),
  );
};
