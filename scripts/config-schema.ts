/** Writes the schemas by which editors complete and check what people write: the file of `watch`, `.hemostat.yaml`, profiles. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { profileJsonSchema } from '../src/guard/baseline/profile/schema.ts';
import { gateSchema } from '../src/guard/gate/json-schema.ts';
import { respondSchema } from '../src/guard/respond/settings.ts';
import { jsonSchema } from '../src/watch/config/json-schema.ts';

const SCHEMAS = {
  'watch-config.schema.json': jsonSchema(),
  'gate.schema.json': gateSchema(),
  'baseline.schema.json': profileJsonSchema(),
  'respond.schema.json': respondSchema(),
};

for (const [name, text] of Object.entries(SCHEMAS)) {
  const file = join(import.meta.dirname, '..', 'docs', 'schema', name);
  writeFileSync(file, text);
  // In the layout that the linter wants.
  execFileSync('biome', ['format', '--write', file]);
  console.log(`wrote ${file}`);
}
