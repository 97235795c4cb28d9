/** Looks images up: what a tag points to, and what is signed beside a digest; from the cache where that may be. */
import { GuardEvidenceError } from '../error.ts';
import type { ImageReference } from '../registry/registry.ts';
import { type Cached, type CacheOptions, VerdictCache } from './cache.ts';
import type { Trust } from './config.ts';
import { type ImageFacts, isGood } from './facts.ts';
import type { AdmitSettings } from './settings.ts';

/** Where images are, e.g. registries over HTTP. Rejects with GuardEvidenceError or HttpError where it cannot be reached. */
export interface ImageSource {
  /** null: there is no such tag. */
  digestOf(image: ImageReference): Promise<string | null>;
  /** null: there is no such manifest. */
  inspect(image: ImageReference, digest: string, trust: Trust): Promise<ImageFacts | null>;
}

export interface LookerHooks {
  readonly now: () => number;
  readonly random: () => number;
  readonly onRefresh: CacheOptions<unknown>['onRefresh'];
}

const notThere = (digest: string): ImageFacts => ({
  digest,
  mediaType: '',
  readableIn: [],
  signers: [],
  verdicts: [],
  rejected: ['the registry has no such image'],
  complete: true,
  attestationsComplete: true,
});

export class Looker {
  readonly facts: VerdictCache<ImageFacts>;
  readonly #tags: VerdictCache<string | null>;
  readonly #source: ImageSource;
  readonly #refusedMs: number;

  constructor(source: ImageSource, settings: AdmitSettings['cache'], hooks: LookerHooks) {
    this.#source = source;
    this.#refusedMs = settings['refused-seconds'] * 1000;
    const { entries, concurrency } = settings;
    const ms = (seconds: number) => seconds * 1000;
    this.facts = new VerdictCache<ImageFacts>({
      ...hooks,
      entries,
      concurrency,
      groupOf: registryOf,
      good: isGood,
      freshMs: ms(settings['fresh-seconds']),
      staleMs: ms(settings['stale-seconds']),
      refusedMs: ms(settings['refused-seconds']),
      unreachableMs: ms(settings['unreachable-seconds']),
    });
    // A tag moves: what it pointed to a while ago is never used, and nothing is renewed unasked.
    this.#tags = new VerdictCache<string | null>({
      ...hooks,
      entries,
      concurrency,
      groupOf: registryOf,
      good: () => false,
      freshMs: 0,
      staleMs: 0,
      refusedMs: ms(settings['tag-seconds']),
      unreachableMs: ms(settings['unreachable-seconds']),
    });
  }

  /** By the tag, as it is now. */
  async digestOf(image: ImageReference): Promise<string | null> {
    const { registry, repository, tag } = image;
    return (await this.#tags.get(`${registry}/${repository}:${tag}`, () => this.#source.digestOf(image))).value;
  }

  inspect(image: ImageReference, digest: string, trust: Trust): Promise<Cached<ImageFacts>> {
    return this.facts.get(keyOf(image, digest, trust), this.#load(image, digest, trust));
  }

  /** The same for who is about to refuse: what is known for longer than a refusal may be is looked at again. */
  inspectAgain(image: ImageReference, digest: string, trust: Trust): Promise<Cached<ImageFacts>> {
    return this.facts.get(keyOf(image, digest, trust), this.#load(image, digest, trust), this.#refusedMs);
  }

  /** What is known already; null: nothing. */
  known(image: ImageReference, digest: string, trust: Trust): Cached<ImageFacts> | null {
    return this.facts.peek(keyOf(image, digest, trust));
  }

  #load(image: ImageReference, digest: string, trust: Trust): () => Promise<ImageFacts> {
    return async () => (await this.#source.inspect(image, digest, trust)) ?? notThere(digest);
  }

  sweep(): void {
    this.facts.sweep();
    this.#tags.sweep();
  }
}

/** Of both kinds of keys: `HASH registry/…` and `registry/…`. */
function registryOf(key: string): string {
  return key.slice(key.indexOf(' ') + 1).replace(/\/.*$/s, '');
}

function keyOf({ registry, repository }: ImageReference, digest: string, trust: Trust): string {
  return `${trust.hash} ${registry}/${repository}@${digest}`;
}

/** Whether an error says that something could not be reached or read, and not that we have a defect. */
export function isUnreachable(error: unknown): error is Error {
  return error instanceof GuardEvidenceError || (error instanceof Error && error.name === 'HttpError');
}
