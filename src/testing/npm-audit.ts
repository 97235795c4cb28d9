/**
 * Runs the real npm client against a registry on loopback: `npm install` and `npm audit signatures`. The client asks sigstore's TUF
 * repository for keys and roots, which a test cannot reach; only that one module is replaced in its process. What verifies is npm's.
 */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface NpmRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** No key stands in TUF, so npm asks the registry; the trusted root is the test's. */
const PRELOAD = `
const { Module } = require('node:module');
const load = Module._load;
Module._load = function (name, ...rest) {
  const loaded = load.call(this, name, ...rest);
  if (name !== '@sigstore/tuf') return loaded;
  const { TrustedRoot } = load.call(this, '@sigstore/protobuf-specs', ...rest);
  const missing = () => Promise.reject(Object.assign(new Error('no such target'), { code: 'TUF_FIND_TARGET_ERROR' }));
  const root = JSON.parse(require('node:fs').readFileSync(process.env.TEST_TRUSTED_ROOT, 'utf8'));
  return { ...loaded, initTUF: async () => ({ getTarget: missing }), getTrustedRoot: async () => TrustedRoot.fromJSON(root) };
};
`;

/**
 * @param options.directory with a package.json; gets an .npmrc (with what stands in `npmrc` as its last lines) and the preloaded module
 * @param options.program the npm to run, by default that of PATH
 * @param options.env variables on top
 */
export async function runNpm(
  args: readonly string[],
  options: {
    directory: string;
    registry: string;
    trustedRoot: object;
    npmrc?: string;
    program?: readonly string[];
    env?: Readonly<Record<string, string>>;
    timeoutMs?: number;
  },
): Promise<NpmRun> {
  const { directory } = options;
  const preload = join(directory, '.preload.cjs');
  const root = join(directory, '.trusted-root.json');
  await writeFile(preload, PRELOAD);
  await writeFile(root, JSON.stringify(options.trustedRoot));
  await writeFile(
    join(directory, '.npmrc'),
    `registry=${options.registry}\ncache=${join(directory, '.cache')}\naudit=false\nfund=false\n${options.npmrc ?? ''}`,
  );
  // Nothing of the machine's own npm settings: they may name another registry.
  const kept = Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name));
  const env = {
    ...Object.fromEntries(kept),
    NODE_OPTIONS: `--require ${preload}`,
    TEST_TRUSTED_ROOT: root,
    npm_config_userconfig: join(directory, '.no-user'),
    npm_config_globalconfig: join(directory, '.no-global'),
    npm_config_update_notifier: 'false',
    ...options.env,
  };
  const [program = 'npm', ...first] = options.program ?? ['npm'];
  const child = spawn(program, [...first, ...args], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: 'SIGKILL' }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const code = await new Promise<number | null>((done, failed) => {
    child.on('error', failed);
    child.on('close', done);
  });
  return { code, stdout, stderr };
}
