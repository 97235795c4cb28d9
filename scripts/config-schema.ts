/** Writes docs/schema/watch-config.schema.json, which editors complete and check a configuration of `watch` by. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchema } from '../src/watch/config/json-schema.ts';

const file = join(import.meta.dirname, '..', 'docs', 'schema', 'watch-config.schema.json');
writeFileSync(file, jsonSchema());
// In the layout that the linter wants.
execFileSync('biome', ['format', '--write', file]);
console.log(`wrote ${file}`);
