/** The Kubernetes objects of one file, YAML or JSON. Pure; each document stands for itself. */
import type { Region } from '../../findings/model.ts';
import { plainValue, treeOf, type YamlTree } from './document.ts';
import type { KubeObject, ManifestSource } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import { isFields, objectsOf } from './objects.ts';
import { spanAt } from './places.ts';
import { type StreamDocument, splitStream } from './split.ts';

/** What one file holds. */
export interface ParsedFile {
  readonly objects: readonly KubeObject[];
  /** Documents that are valid and no Kubernetes objects. */
  readonly others: number;
  /** Documents that could not be read; `kubernetes` where they look as if they should be objects. */
  readonly broken: readonly { readonly says: string; readonly kubernetes: boolean; readonly template: boolean }[];
  /** `kustomization.yaml`, by its content. */
  readonly kustomization: boolean;
}

/** Text of a file: a byte order mark or the zero bytes of its first character say which of the three encodings of YAML it has. */
export function decodeText(bytes: Uint8Array): string {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (b === 0 && a !== 0 && a !== undefined))
    return withoutMark(new TextDecoder('utf-16le').decode(bytes));
  if ((a === 0xfe && b === 0xff) || (a === 0 && b !== 0 && b !== undefined))
    return withoutMark(new TextDecoder('utf-16be').decode(bytes));
  return withoutMark(new TextDecoder('utf-8').decode(bytes));
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** Reads `text` of `file`; nothing in it makes this throw. */
export function parseManifests(file: string, text: string): ParsedFile {
  const objects: KubeObject[] = [];
  const broken: { says: string; kubernetes: boolean; template: boolean }[] = [];
  let others = 0;
  let kustomization = false;
  for (const part of splitStream(text)) {
    const places = new Places(file, part);
    try {
      const value = places.value();
      const found = objectsOf(value);
      if (isKustomization(value)) kustomization = true;
      else if (found === null) others++;
      for (const { prefix, ...object } of isKustomization(value) ? [] : (found ?? [])) {
        const source: ManifestSource = { file, text: part.text, offset: part.offset, prefix, template: part.template };
        objects.push({
          ...object,
          origin: { kind: 'file', file },
          at: (path) => places.at([...prefix, ...path]),
          source,
        });
      }
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      const { line, column } = places.placeOf(error.offset);
      broken.push({
        says: `${file}:${line}:${column} ${error.message}`,
        kubernetes: /^\s*"?kind"?\s*:/m.test(part.text) && /^\s*"?apiVersion"?\s*:/m.test(part.text),
        template: part.text.includes('{{'),
      });
    }
  }
  return { objects, others, broken, kustomization };
}

function isKustomization(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { apiVersion } = value;
  return typeof apiVersion === 'string' && apiVersion.startsWith('kustomize.config.k8s.io/');
}

/** Trees are many times as large as their text: the last few are kept, others are read again when a place is asked for. */
const KEPT = 4;
/** UTF-16 units. */
const LARGE = 256 * 1024;
const recent: { readonly text: string; readonly tree: YamlTree }[] = [];

/** The nodes of a document's text. */
export function treeOfDocument(text: string): YamlTree {
  const known = recent.find((each) => each.text === text);
  if (known !== undefined) return known.tree;
  const tree = treeOf(text);
  recent.unshift({ text, tree });
  if (recent.length > KEPT) recent.pop();
  return tree;
}

/** One document with the places of its values. */
class Places {
  readonly #file: string;
  readonly #part: StreamDocument;
  /** Offset of the first unit of each line of the part; made when first asked for. */
  #starts: readonly number[] | null = null;

  constructor(file: string, part: StreamDocument) {
    this.#file = file;
    this.#part = part;
  }

  value(): unknown {
    // A large document takes seconds, so its nodes are kept for the places; small ones are read again in no time.
    return plainValue(this.#part.text.length > LARGE ? treeOfDocument(this.#part.text) : treeOf(this.#part.text));
  }

  at(path: readonly (string | number)[]): Region {
    const span = spanAt(treeOfDocument(this.#part.text), path);
    const from = this.placeOf(span.start);
    const to = this.placeOf(span.end);
    return { file: this.#file, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
  }

  /** 1-based; the column in bytes of UTF-8, as in every region. */
  placeOf(offset: number): { line: number; column: number } {
    this.#starts ??= startsOf(this.#part.text);
    const starts = this.#starts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const start = starts[low] ?? 0;
    const column = Buffer.byteLength(this.#part.text.slice(start, offset)) + 1;
    return { line: this.#part.line + low, column: low === 0 ? column + this.#part.indent : column };
  }
}

function startsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
