/** The Kubernetes objects of one file, YAML or JSON. Pure; each document stands for itself. */
import type { Region } from '../../findings/model.ts';
import { Places as Lines } from '../json/json-nodes.ts';
import type { KubeObject, ManifestSource } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import { isFields, objectsOf } from './objects.ts';
import { type ReadDocument, readDocument, readValue } from './read-document.ts';
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

/** Places of a large document take a second to find again, so they are kept with it; those of a small one are read again, UTF-16 units. */
const LARGE = 256 * 1024;
/** Findings about one document come together. */
const KEPT = 4;
const recent: { readonly text: string; readonly document: ReadDocument }[] = [];

/** The small document, read again. */
function recentDocument(text: string): ReadDocument {
  const known = recent.find((each) => each.text === text);
  if (known !== undefined) return known.document;
  const document = readDocument(text);
  recent.unshift({ text, document });
  if (recent.length > KEPT) recent.pop();
  return document;
}

/** One document with the places of its values. */
class Places {
  readonly #file: string;
  readonly #part: StreamDocument;
  /** Made when first asked for. */
  #lines: Lines | null = null;
  #large: ReadDocument | null = null;

  constructor(file: string, part: StreamDocument) {
    this.#file = file;
    this.#part = part;
  }

  value(): unknown {
    if (this.#part.text.length <= LARGE) return readValue(this.#part.text);
    this.#large = readDocument(this.#part.text);
    return this.#large.value;
  }

  at(path: readonly (string | number)[]): Region {
    const span = (this.#large ?? recentDocument(this.#part.text)).spanAt(path);
    const from = this.placeOf(span.start);
    const to = this.placeOf(span.end);
    return { file: this.#file, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
  }

  /** 1-based; the column in bytes of UTF-8, as in every region. */
  placeOf(offset: number): { line: number; column: number } {
    this.#lines ??= new Lines(this.#part.text);
    const { line, column } = this.#lines.at(offset);
    return { line: this.#part.line + line - 1, column: line === 1 ? column + this.#part.indent : column };
  }
}
