/** Reads a dump in a process of its own, so that its memory can be measured: prints how many goroutines there are. */
import { closeSync, openSync, readSync } from 'node:fs';
import { createGoroutineReader } from '../src/evidence/goroutines/read.ts';

const [path = ''] = process.argv.slice(2);
const reader = createGoroutineReader();
const piece = Buffer.alloc(1 << 20);
const file = openSync(path, 'r');
for (let length = readSync(file, piece); length > 0; length = readSync(file, piece))
  reader.push(piece.subarray(0, length));
closeSync(file);
process.stdout.write(`${reader.end().count} 0\n`);
