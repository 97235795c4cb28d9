/**
 * Simple signing payloads, what cosign 1 and 2 (and 3 with `--new-bundle-format=false`) sign
 * (https://github.com/containers/image/blob/main/docs/containers-signature.5.md, with cosign's own `type`).
 */
import { z } from 'zod';
import { parseStrictJson, SignatureFormatError } from './strict-json.ts';

const COSIGN_TYPE = 'cosign container image signature';

export interface SimpleSigning {
  /** `sha256:<hex>`: the manifest that was signed. */
  readonly digest: string;
  /** Where it lay when it was signed, e.g. `registry/shop/api`; may be empty. */
  readonly reference: string;
}

const PAYLOAD = z.object({
  critical: z.object({
    identity: z.object({ 'docker-reference': z.string().max(1024) }),
    image: z.object({ 'docker-manifest-digest': z.string().max(256) }),
    type: z.string().max(256),
  }),
});

/** @throws SignatureFormatError and nothing else */
export function parseSimpleSigning(payload: Uint8Array): SimpleSigning {
  const read = PAYLOAD.safeParse(parseStrictJson(payload, 'the simple signing payload'));
  if (!read.success) {
    const path = read.error.issues[0]?.path.join('.') ?? '';
    throw new SignatureFormatError(`the simple signing payload lacks ${path === '' ? 'its members' : path}`);
  }
  const { identity, image, type } = read.data.critical;
  if (type !== COSIGN_TYPE) {
    throw new SignatureFormatError(
      `the simple signing payload is of the type ${JSON.stringify(type)}, not ${JSON.stringify(COSIGN_TYPE)}`,
    );
  }
  return { digest: image['docker-manifest-digest'], reference: identity['docker-reference'] };
}
