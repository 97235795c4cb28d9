/**
 * Compiles docs/policies/*.rego to Wasm with the real `opa` (1.22.2, on PATH; others make other bytes) and runs their tests.
 *
 *   node scripts/build-policies.ts            writes docs/policies/*.wasm
 *   node scripts/build-policies.ts --check    exits 1 where what is committed is not what opa makes of the sources
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../docs/policies');
const check = process.argv.includes('--check');
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.rego') && !name.endsWith('_test.rego'));

execFileSync(
  'opa',
  ['test', ...names.flatMap((name) => [join(FOLDER, name), join(FOLDER, name.replace('.rego', '_test.rego'))])],
  { stdio: 'inherit' },
);

const work = mkdtempSync(join(tmpdir(), 'hemostat-policies-'));
let stale = 0;
try {
  for (const name of names) {
    const base = name.slice(0, -'.rego'.length);
    const bundle = join(work, `${base}.tar.gz`);
    execFileSync('opa', ['build', '-t', 'wasm', '-e', `hemostat/${base}/deny`, '-o', bundle, name], { cwd: FOLDER });
    const made = execFileSync('tar', ['-xzPOf', bundle, '/policy.wasm'], { maxBuffer: 64 * 1024 * 1024 });
    const target = join(FOLDER, `${base}.wasm`);
    if (check) {
      if (made.equals(readFileSync(target))) continue;
      process.stderr.write(`${base}.wasm is not what opa makes of ${name}: run node scripts/build-policies.ts\n`);
      stale++;
    } else {
      writeFileSync(`${target}.new`, made);
      renameSync(`${target}.new`, target);
      process.stdout.write(`${base}.wasm ${made.length} bytes\n`);
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (stale > 0) process.exitCode = 1;
