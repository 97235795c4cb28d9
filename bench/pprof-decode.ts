/**
 * Child process of bench/pprof.ts: decodes one inflated profile once, as a tool that was just started would, and prints
 * the milliseconds. node bench/pprof-decode.ts ours|peer FILE
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const [, , who, file = ''] = process.argv;

async function decoder(): Promise<(bytes: Uint8Array) => number> {
  if (who === 'ours') {
    const { decodeProfile } = await import('../src/evidence/pprof/decode.ts');
    return (bytes) => decodeProfile(bytes).samples.count;
  }
  const { Profile } = await import('pprof-format');
  return (bytes) => Profile.decode(bytes).sample.length;
}

const decode = await decoder();
const bytes = gunzipSync(readFileSync(file));
const start = performance.now();
const samples = decode(bytes);
const ms = performance.now() - start;
if (samples === 0) throw new Error('nothing was decoded');
process.stdout.write(`${ms}\n`);
