/** The oracle of the small YAML reader: where it does not hand a document on, its values and places are the library's. */
import { isDeepStrictEqual } from 'node:util';
import { plainValue, treeOf } from '../guard/manifests/document.ts';
import { ManifestError } from '../guard/manifests/manifest-error.ts';
import { spanAt } from '../guard/manifests/places.ts';
import { readPlain, readPlainValue } from '../guard/manifests/plain/read.ts';
import { plainSpanAt } from '../guard/manifests/plain/tree.ts';

type Path = (string | number)[];

/** Whether the small reader read `text` of one document at all, and where it read it otherwise than the library. */
export function comparePlain(text: string): { readonly read: boolean; readonly difference: string | null } {
  const ours = readPlain(text);
  if (ours === null) return { read: false, difference: null };
  const tell = (difference: string): { read: true; difference: string } => ({ read: true, difference });
  try {
    const tree = treeOf(text);
    const value = plainValue(tree);
    if (!isDeepStrictEqual(ours.value, value)) return tell(`${JSON.stringify(ours.value)} is ${JSON.stringify(value)}`);
    if (!isDeepStrictEqual(readPlainValue(text)?.value, value)) return tell('without places the value is another');
    for (const path of pathsOf(value, [])) {
      const here = plainSpanAt(ours.tree, path);
      const { start, end } = spanAt(tree, path);
      if (here.start !== start || here.end !== end)
        return tell(`${JSON.stringify(path)} at ${here.start}-${here.end} and not ${start}-${end}`);
    }
  } catch (error) {
    // Valid YAML all the same: the library takes empty lines after an empty list item for part of the key that follows, and
    // refuses 1,024 of them; and brackets are counted before it in scalars too, since it recurses into those that are none.
    if (error instanceof ManifestError && /at most 1024 chars|too many brackets/.test(error.message))
      return { read: true, difference: null };
    if (error instanceof ManifestError) return tell(`read, but the library says: ${error.message}`);
    throw error;
  }
  return { read: true, difference: null };
}

/** Every path of a value, and beside each map and list one that is not there. */
function* pathsOf(value: unknown, path: Path): Generator<Path> {
  yield path;
  if (Array.isArray(value)) {
    yield [...path, value.length];
    for (const [i, each] of value.entries()) yield* pathsOf(each, [...path, i]);
  } else if (typeof value === 'object' && value !== null) {
    yield [...path, 'no such key', 'below'];
    for (const [key, each] of Object.entries(value)) yield* pathsOf(each, [...path, key]);
  }
}
