/**
 * The open files and when they are reviewed: soon after the last keystroke, one at a time, the latest text only. What is
 * found for a text that has changed meanwhile is thrown away.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Finding } from '../findings/model.ts';
import { Sources } from '../review/report-sources.ts';

/** Typing pauses are longer, and it leaves most of 100 ms for the review. */
const DEBOUNCE_MS = 25;
/** Other open files of the package follow when nobody types. */
const NEIGHBOUR_MS = 300;

export interface OpenDocument {
  readonly uri: string;
  readonly path: string;
  version: number;
  text: string;
  findings: readonly Finding[];
  /** The version that `findings` are about; -1: none yet. */
  reviewed: number;
}

export interface DocumentEvents {
  review(document: OpenDocument, sources: Sources): Promise<readonly Finding[]>;
  publish(document: OpenDocument, sources: Sources): void;
  failed(document: OpenDocument, error: unknown): void;
}

export class Documents {
  readonly #events: DocumentEvents;
  readonly #open = new Map<string, OpenDocument>();
  /** When a document is due, ms. */
  readonly #due = new Map<OpenDocument, number>();
  #timer: NodeJS.Timeout | null = null;
  #busy = false;

  constructor(events: DocumentEvents) {
    this.#events = events;
  }

  get(uri: string): OpenDocument | undefined {
    return this.#open.get(uri);
  }

  all(): readonly OpenDocument[] {
    return [...this.#open.values()];
  }

  open(uri: string, path: string, version: number, text: string): void {
    const document = { uri, path, version, text, findings: [], reviewed: -1 };
    this.#open.set(uri, document);
    this.#schedule(document, 0);
  }

  change(uri: string, version: number, text: string): void {
    const document = this.#open.get(uri);
    if (document === undefined) return;
    document.version = version;
    document.text = text;
    this.#schedule(document, DEBOUNCE_MS);
    for (const other of this.#open.values()) {
      if (other !== document && dirname(other.path) === dirname(document.path)) this.#schedule(other, NEIGHBOUR_MS);
    }
  }

  close(uri: string): OpenDocument | undefined {
    const document = this.#open.get(uri);
    if (document === undefined) return undefined;
    this.#open.delete(uri);
    this.#due.delete(document);
    return document;
  }

  /** Something that all depend on has changed. */
  again(): void {
    for (const document of this.#open.values()) this.#schedule(document, DEBOUNCE_MS);
  }

  stop(): void {
    this.#due.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Sources with what the editor has of its open files, as of now. */
  sources(): Sources {
    const texts = new Map(this.all().map((document) => [document.path, document.text]));
    return new Sources((path) => {
      const text = texts.get(path);
      return text === undefined ? readFileSync(path) : Buffer.from(text, 'utf8');
    });
  }

  #schedule(document: OpenDocument, delay: number): void {
    this.#due.set(document, performance.now() + delay);
    this.#arm();
  }

  #arm(): void {
    if (this.#busy || this.#due.size === 0) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const wait = Math.max(0, Math.min(...this.#due.values()) - performance.now());
    this.#timer = setTimeout(() => void this.#run(), wait);
  }

  async #run(): Promise<void> {
    const now = performance.now();
    const next = [...this.#due].filter(([, at]) => at <= now + 1).sort(([, a], [, b]) => a - b)[0];
    if (next !== undefined) {
      const [document] = next;
      this.#due.delete(document);
      this.#busy = true;
      await this.#review(document);
      this.#busy = false;
    }
    this.#arm();
  }

  async #review(document: OpenDocument): Promise<void> {
    const { version } = document;
    const sources = this.sources();
    try {
      const findings = await this.#events.review(document, sources);
      // Typed on, or closed: the next review is already due, or nobody waits.
      if (document.version !== version || this.#open.get(document.uri) !== document) return;
      document.findings = findings;
      document.reviewed = version;
      this.#events.publish(document, sources);
    } catch (error) {
      this.#events.failed(document, error);
    }
  }
}
