import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { inConfigurationWords } from './wording.ts';

it('leaves no option of the command line in any sentence of the HTTP client', () => {
  const files = ['http.ts', 'http-errors.ts'].map((name) => new URL(`../../collect/${name}`, import.meta.url));
  const sentences = files.flatMap((file) => readFileSync(file, 'utf8').match(/`[^`]*--[a-z][^`]*`/g) ?? []);
  expect(sentences.length).toBeGreaterThan(6);
  for (const sentence of sentences) expect(inConfigurationWords(sentence)).not.toMatch(/--[a-z]/);
});
