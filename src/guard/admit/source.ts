/** Images in registries over HTTP, as admission looks at them. */
import type { Http } from '../http/http.ts';
import type { CredentialSource } from '../registry/credentials.ts';
import { openRepository } from '../registry/open.ts';
import type { ImageReference, Repository } from '../registry/registry.ts';
import { inspectSignatures } from '../signature/inspect.ts';
import { factsOf } from './facts.ts';
import type { ImageSource } from './looker.ts';

export interface RegistryOptions {
  readonly http: Http;
  /** Called now and then, so that credentials that were changed are read again. */
  readonly credentials: () => CredentialSource;
  /** `host:port` of registries without TLS. */
  readonly plainHttp: readonly string[];
  readonly now: () => Date;
}

/** So many repositories keep their address and token between looks, and so long, ms. */
const MOST_OPEN = 1000;
const OPEN_MS = 10 * 60_000;

export function registrySource({ http, credentials, plainHttp, now }: RegistryOptions): ImageSource {
  const opened = new Map<string, { readonly repository: Repository; readonly at: number }>();
  const open = (image: ImageReference): Repository => {
    const name = `${image.registry}/${image.repository}`;
    const known = opened.get(name);
    const at = now().getTime();
    if (known !== undefined && Math.abs(at - known.at) < OPEN_MS) return known.repository;
    opened.delete(name);
    const [oldest] = opened.keys();
    if (opened.size >= MOST_OPEN && oldest !== undefined) opened.delete(oldest);
    const repository = openRepository(http, image, credentials(), { insecure: plainHttp.includes(image.registry) });
    opened.set(name, { repository, at });
    return repository;
  };
  return {
    digestOf: async (image) => open(image).digestOf(image.tag ?? 'latest'),
    async inspect(image, digest, trust) {
      const repository = open(image);
      const manifest = await repository.manifest(digest);
      return manifest === null ? null : factsOf(await inspectSignatures(repository, manifest, trust.policy, now()));
    },
  };
}
