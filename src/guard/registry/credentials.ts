/** Who we are to a registry: where docker, podman and CI leave that. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { GuardUsageError } from '../error.ts';
import { DOCKER_HUB } from './reference.ts';

export type RegistryCredential =
  | { readonly user: string; readonly password: string }
  /** An OAuth2 refresh token, which docker calls identity token. */
  | { readonly identityToken: string };

/** What is known for a repository, or null: then it is asked as anybody. */
export type CredentialSource = (registry: string, repository: string) => Promise<RegistryCredential | null>;

export const anonymous: CredentialSource = () => Promise.resolve(null);

type Environment = Readonly<Record<string, string | undefined>>;

/** A helper may ask a key ring, not a person, ms. */
const HELPER_MS = 10_000;
const DOCKER_HUB_KEYS = ['https://index.docker.io/v1/', 'index.docker.io', DOCKER_HUB, 'registry-1.docker.io'];

const authFile = z.object({
  auths: z
    .record(
      z.string(),
      z
        .object({
          auth: z.string().optional(),
          username: z.string().optional(),
          password: z.string().optional(),
          identitytoken: z.string().optional(),
        })
        .nullable(),
    )
    .nullish(),
  credHelpers: z.record(z.string(), z.string()).nullish(),
  credsStore: z.string().nullish(),
});

/**
 * The environment (HEMOSTAT_REGISTRY with HEMOSTAT_REGISTRY_USER and _PASSWORD), then the files of podman and skopeo, then docker's;
 * the first that knows the registry decides. Files are read once.
 */
export function credentialsOf(env: Environment): CredentialSource {
  const files = new Map<string, Promise<AuthFile | null>>();
  return async (registry, repository) => {
    const own = fromEnvironment(env, registry);
    if (own !== null) return own;
    for (const path of authFiles(env)) {
      const known = files.get(path.file) ?? readAuthFile(path.file, path.required);
      files.set(path.file, known);
      const file = await known;
      const found = file === null ? null : await lookUp(file, registry, repository, env);
      if (found !== null) return found;
    }
    return null;
  };
}

type AuthFile = z.infer<typeof authFile>;

function fromEnvironment(env: Environment, registry: string): RegistryCredential | null {
  const { HEMOSTAT_REGISTRY: named, HEMOSTAT_REGISTRY_USER: user, HEMOSTAT_REGISTRY_PASSWORD: password } = env;
  // Without the registry's name they would go to whichever one a reference names.
  if (named !== registry || user === undefined || password === undefined) return null;
  return { user, password };
}

function authFiles(env: Environment): { file: string; required: boolean }[] {
  const home = env.HOME ?? homedir();
  const files: { file: string; required: boolean }[] = [];
  if (env.REGISTRY_AUTH_FILE) files.push({ file: env.REGISTRY_AUTH_FILE, required: true });
  else {
    if (env.XDG_RUNTIME_DIR) files.push({ file: join(env.XDG_RUNTIME_DIR, 'containers/auth.json'), required: false });
    const config = env.XDG_CONFIG_HOME ?? join(home, '.config');
    files.push({ file: join(config, 'containers/auth.json'), required: false });
  }
  files.push({ file: join(env.DOCKER_CONFIG ?? join(home, '.docker'), 'config.json'), required: false });
  return files;
}

async function readAuthFile(path: string, required: boolean): Promise<AuthFile | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    if (required) throw new GuardUsageError(`${path} (REGISTRY_AUTH_FILE) cannot be read`);
    return null;
  }
  try {
    return authFile.parse(JSON.parse(text));
  } catch {
    // Nothing of its text may be repeated.
    throw new GuardUsageError(`${path} is no file of registry credentials: log in again, or remove it`);
  }
}

async function lookUp(
  file: AuthFile,
  registry: string,
  repository: string,
  env: Environment,
): Promise<RegistryCredential | null> {
  const keys = keysFor(registry, repository);
  for (const key of keys) {
    const helper = file.credHelpers?.[key];
    if (helper !== undefined) return askHelper(helper, key, env);
  }
  if (file.credsStore) {
    const server = registry === DOCKER_HUB ? (DOCKER_HUB_KEYS[0] ?? registry) : registry;
    const found = await askHelper(file.credsStore, server, env);
    if (found !== null) return found;
  }
  for (const key of keys) {
    const entry = file.auths?.[key];
    if (entry === undefined || entry === null) continue;
    if (entry.identitytoken) return { identityToken: entry.identitytoken };
    if (entry.auth) {
      const text = Buffer.from(entry.auth, 'base64').toString('utf8');
      const colon = text.indexOf(':');
      // Docker pads old entries with NULs.
      if (colon > 0) return { user: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
    }
    if (entry.username !== undefined && entry.password !== undefined) {
      return { user: entry.username, password: entry.password };
    }
  }
  return null;
}

/** The most exact first: podman knows `registry/namespace`, docker the host with or without scheme. */
function keysFor(registry: string, repository: string): string[] {
  const keys: string[] = [];
  const parts = repository.split('/');
  for (let n = parts.length; n > 0; n--) keys.push(`${registry}/${parts.slice(0, n).join('/')}`);
  if (registry === DOCKER_HUB) keys.push(...DOCKER_HUB_KEYS);
  keys.push(
    registry,
    `https://${registry}`,
    `https://${registry}/v1/`,
    `https://${registry}/v2/`,
    `http://${registry}`,
  );
  return keys;
}

const helperAnswer = z.object({ Username: z.string(), Secret: z.string() });

/** Docker's credential helper protocol: the server's name on stdin, JSON on stdout; exit code 1 where it knows none. */
function askHelper(name: string, server: string, env: Environment): Promise<RegistryCredential | null> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) {
    throw new GuardUsageError(`the credential helper ${JSON.stringify(name.slice(0, 80))} has no proper name`);
  }
  const command = `docker-credential-${name}`;
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      ['get'],
      { timeout: HELPER_MS, killSignal: 'SIGKILL', maxBuffer: 64 * 1024, env: { ...env } },
      (error, stdout) => {
        if (error === null) {
          const read = helperAnswer.safeParse(jsonOf(stdout));
          if (!read.success) reject(new GuardUsageError(`${command} answered something that is no credential`));
          else if (read.data.Username === '<token>') resolve({ identityToken: read.data.Secret });
          else if (read.data.Username === '' && read.data.Secret === '') resolve(null);
          else resolve({ user: read.data.Username, password: read.data.Secret });
        } else if (error.killed === true) {
          reject(new GuardUsageError(`${command} did not answer within ${HELPER_MS / 1000} s`));
        } else if (error.code === 'ENOENT') {
          reject(new GuardUsageError(`${command}, which docker's configuration names, is not installed`));
        } else if (/not found/i.test(stdout)) {
          resolve(null);
        } else {
          reject(new GuardUsageError(`${command} failed for ${server}: run it by hand to see why`));
        }
      },
    );
    // A helper that ends without reading is told apart by its exit code.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(server);
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
