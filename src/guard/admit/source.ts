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
  readonly credentials: CredentialSource;
  /** `host:port` of registries without TLS. */
  readonly plainHttp: readonly string[];
  readonly now: () => Date;
}

export function registrySource({ http, credentials, plainHttp, now }: RegistryOptions): ImageSource {
  const open = (image: ImageReference): Repository =>
    openRepository(http, image, credentials, { insecure: plainHttp.includes(image.registry) });
  return {
    digestOf: async (image) => open(image).digestOf(image.tag ?? 'latest'),
    async inspect(image, digest, trust) {
      const repository = open(image);
      const manifest = await repository.manifest(digest);
      return manifest === null ? null : factsOf(await inspectSignatures(repository, manifest, trust.policy, now()));
    },
  };
}
