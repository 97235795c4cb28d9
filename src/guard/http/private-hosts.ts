/** Hosts with a certificate authority of their own, or that want to know who asks: the section `gate.tls`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { GuardUsageError } from '../error.ts';
import type { OriginOptions } from './origin.ts';

const file = z.string().trim().min(1);

/** `registry.example` or `registry.example:5000`. */
const host = z
  .string()
  .max(300)
  .regex(
    /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/,
    'must be a host in lower case, with its port where that is not 443',
  );

export const privateHosts = z.record(
  host,
  z
    .strictObject({
      /** PEM; trusted for this host besides the system's authorities. */
      ca: file.optional(),
      /** The client certificate and its key, PEM. */
      cert: file.optional(),
      key: file.optional(),
    })
    .refine(({ cert, key }) => (cert === undefined) === (key === undefined), { message: 'must have both cert and key' })
    .refine(({ ca, cert }) => ca !== undefined || cert !== undefined, { message: 'must have ca, or cert and key' }),
);
export type PrivateHosts = z.infer<typeof privateHosts>;

/** By origin, as createHttp wants it. Paths are relative to `root`. @throws GuardUsageError where a file cannot be used */
export function originsOf(hosts: PrivateHosts, root: string): Record<string, OriginOptions> {
  const origins: Record<string, OriginOptions> = {};
  for (const [name, { ca, cert, key }] of Object.entries(hosts)) {
    const pem = (path: string | undefined, what: string): Record<string, string> =>
      path === undefined ? {} : { [what]: readPem(resolve(root, path), `gate.tls.${name}.${what}: ${path}`) };
    origins[new URL(`https://${name}`).origin] = { ...pem(ca, 'ca'), ...pem(cert, 'cert'), ...pem(key, 'key') };
  }
  return origins;
}

function readPem(path: string, shown: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new GuardUsageError(`${shown} cannot be read; name a file in PEM`);
  }
  if (!text.includes('-----BEGIN ')) throw new GuardUsageError(`${shown} is not PEM (-----BEGIN …)`);
  return text;
}
