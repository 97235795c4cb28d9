/**
 * The process of open.ts: reads one file and writes what it says to its standard output (structured clone, as columns are
 * typed arrays). Arguments: path, name, now in ms.
 */
import { writeFileSync } from 'node:fs';
import { serialize } from 'node:v8';
import { openFile } from '../../views/open-file.ts';
import type { OpenAnswer } from './open.ts';

async function answer(): Promise<OpenAnswer> {
  const [path = '', name = '', at = ''] = process.argv.slice(2);
  try {
    return { opened: await openFile(path, name, Number(at)) };
  } catch (error) {
    if (error instanceof Error && error.name === 'EvidenceError') return { error: error.message };
    throw error;
  }
}

try {
  // Where memory runs out it is this process that has to go, not the server.
  writeFileSync('/proc/self/oom_score_adj', '1000');
} catch {
  // No Linux: then nobody chooses.
}
process.stdout.write(serialize(await answer()));
