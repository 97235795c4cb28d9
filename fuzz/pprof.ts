/** The pprof reader and what is done with every profile that it accepts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expandFrames } from '../src/evidence/pprof/frames.ts';
import { pruneUninteresting } from '../src/evidence/pprof/prune.ts';
import { readProfile } from '../src/evidence/pprof/read.ts';
import { profileFromText } from '../src/evidence/pprof/testing.ts';
import { top } from '../src/evidence/pprof/top.ts';
import { encodeProfile } from '../src/evidence/pprof/write.ts';
import type { FuzzTarget } from './target.ts';

const testdata = join(import.meta.dirname, '..', 'src', 'evidence', 'pprof', 'testdata');

/** A bomb may unpack to this much; the reader's own limit is 2 GiB. */
const MAX_BYTES = 8 << 20;

export const target: FuzzTarget = {
  name: 'pprof',
  seeds() {
    const files = ['heap.pb.gz', 'heap.txt', 'cpu.pb.gz', 'goroutine.txt', 'mutex.pb.gz', 'block.txt'];
    const captured = files.map((name) => new Uint8Array(readFileSync(join(testdata, 'go1.27', name))));
    const plain = captured.filter((bytes) => bytes[0] === 0x1f).map((bytes) => new Uint8Array(gunzipSync(bytes)));
    const small = profileFromText(
      'a/count b/bytes\nmain.a > main.b ~> main.c | 1 -2 | k=v s:bytes=3\nmain.a | 5 9007199254740993',
      {
        dropFrames: 'main\\.(b|x.*)',
        keepFrames: 'main\\.a',
        comments: ['hello'],
      },
    );
    return [...captured, ...plain, encodeProfile(small)];
  },
  run(input) {
    const profile = pruneUninteresting(readProfile(input, { maxBytes: MAX_BYTES }));
    expandFrames(profile);
    top(profile, 0);
    encodeProfile(profile);
  },
};
