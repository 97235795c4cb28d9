/** Whether one image may run: pinned, signed by somebody trusted in a form that is read, and passed by a gate not too long ago. */

import { GuardUsageError } from '../error.ts';
import { formatReference, parseImageReference } from '../registry/reference.ts';
import type { ImageReference } from '../registry/registry.ts';
import { readVerdict } from '../signature/read-verdict.ts';
import type { Cached } from './cache.ts';
import type { Policy, Trust } from './config.ts';
import type { LookedAt, Problem, ProblemCode } from './decision.ts';
import { type ImageFacts, reportOf } from './facts.ts';
import { isUnreachable, type Looker } from './looker.ts';

/** What is looked with. */
export interface Tools {
  readonly looker: Looker;
  /** ms since 1970 */
  readonly now: () => number;
  /** Resolves with null when there is no more time for this review. */
  readonly deadline: Promise<null>;
}

export interface ImageChecked {
  readonly problems: readonly Omit<Problem, 'refuses'>[];
  readonly looked: LookedAt;
}

type Says = (code: ProblemCode, why: string) => Omit<Problem, 'refuses'>;

/**
 * `registry/repository`, what policies match; null where the image names none. The port that HTTPS has anyway is left out: it names
 * the same registry, and must not lead to another policy.
 */
export function repositoryOf(image: string): string | null {
  const parsed = parse(image);
  return typeof parsed === 'string' ? null : `${parsed.registry.replace(/:443$/, '')}/${parsed.repository}`;
}

/** @param known only what is known already counts: nothing is asked for an image that stands in the old object, too */
export async function checkImage(image: string, policy: Policy, tools: Tools, known: boolean): Promise<ImageChecked> {
  const says: Says = (code, why) => ({ code, says: why });
  const name = policy.settings.name;
  const none: LookedAt = { image, digest: null, policy: name, signers: [], forms: [], from: 'none', exempt: null };
  const reference = parse(image);
  if (typeof reference === 'string') return { problems: [says('bad-reference', reference)], looked: none };
  const problems: Omit<Problem, 'refuses'>[] = [];
  let { digest } = reference;
  if (digest === null) {
    if (policy.settings.digest === 'demand') {
      const { registry, repository } = reference;
      return {
        problems: [
          says(
            'not-pinned',
            `the image is not pinned by digest; write ${registry}/${repository}@sha256:… as the registry has it`,
          ),
        ],
        looked: none,
      };
    }
    if (known) return { problems: [], looked: none };
    const found = await inTime(tools.looker.digestOf(reference), tools);
    if ('problem' in found) return { problems: [found.problem], looked: none };
    if (found.value === null)
      return {
        problems: [says('no-such-tag', `the registry has no tag ${formatReference(reference)}; push it first`)],
        looked: none,
      };
    digest = found.value;
    problems.push(
      says(
        'tag-resolved',
        `the tag was checked as ${digest}, but a node may pull what it points to by then; pin it by digest`,
      ),
    );
  }
  const facts = await factsFor(reference, digest, policy, tools, known);
  if ('problem' in facts) return { problems: [...problems, facts.problem], looked: { ...none, digest } };
  const { signature, verdict } = facts;
  return {
    problems: [...problems, ...refusals(policy, facts, tools.now(), says)],
    looked: {
      ...none,
      digest,
      signers: signature?.value.signers ?? [],
      forms: signature?.value.readableIn ?? [],
      from: originOf([signature, verdict]),
    },
  };
}

interface Facts {
  readonly signature: Cached<ImageFacts> | null;
  readonly verdict: Cached<ImageFacts> | null;
}

async function factsFor(
  reference: ImageReference,
  digest: string,
  policy: Policy,
  tools: Tools,
  known: boolean,
): Promise<Facts | { problem: Omit<Problem, 'refuses'> }> {
  const { looker } = tools;
  if (known) {
    const of = (trust: Trust | null) => (trust === null ? null : looker.known(reference, digest, trust));
    return { signature: of(policy.signature), verdict: of(policy.verdict) };
  }
  const both = async (look: (trust: Trust) => Promise<Cached<ImageFacts>>): Promise<Facts> => {
    const of = (trust: Trust | null) => (trust === null ? null : look(trust));
    // The same trust is the same key, and so one look.
    const [signature, verdict] = await Promise.all([of(policy.signature), of(policy.verdict)]);
    return { signature, verdict };
  };
  const first = await inTime(
    both((trust) => looker.inspect(reference, digest, trust)),
    tools,
  );
  if ('problem' in first) return first;
  if (refusals(policy, first.value, tools.now(), (code, why) => ({ code, says: why })).length === 0) return first.value;
  // What is missing may have been signed since: a refusal is never older than refused-seconds, if the registry answers.
  const again = await inTime(
    both((trust) => looker.inspectAgain(reference, digest, trust)),
    tools,
  );
  return 'problem' in again ? first.value : again.value;
}

/** What facts do not give that the policy demands; facts that are null are not demanded or (of what ran before) not known. */
function refusals(policy: Policy, { signature, verdict }: Facts, now: number, says: Says): Omit<Problem, 'refuses'>[] {
  const problems: Omit<Problem, 'refuses'>[] = [];
  const wanted = policy.settings.signature;
  if (wanted !== 'off' && signature !== null) {
    const { readableIn, rejected } = signature.value;
    if (readableIn.length === 0) {
      const because = rejected.length === 0 ? 'no signature lies beside it' : rejected.map(withoutStop).join('; ');
      problems.push(
        says(
          'unsigned',
          `it is not signed by anybody whom "${wanted.trust}" trusts (${because}); sign the digest with a trusted key`,
        ),
      );
    } else if (!wanted.forms.some((form) => readableIn.includes(form))) {
      const have = readableIn.join(', ');
      problems.push(
        says(
          'unread-form',
          `its signature lies there only as ${have}, and only ${wanted.forms.join(', ')} is read; sign it in that form, too`,
        ),
      );
    }
  }
  const gate = policy.settings.verdict;
  if (gate !== 'off' && verdict !== null) {
    const read = readVerdict(reportOf(verdict.value), {
      uri: gate.policy,
      ...(gate['policy-sha256'] === undefined ? {} : { sha256: gate['policy-sha256'] }),
      ...(gate.verifier === undefined ? {} : { verifier: gate.verifier }),
      maxAgeMs: gate['max-age-hours'] * 3_600_000,
      now: new Date(now),
    });
    const code = VERDICTS[read.result];
    if (code !== null) problems.push(says(code, withoutStop(read.says)));
  }
  return problems;
}

const VERDICTS = { passed: null, failed: 'verdict-failed', missing: 'no-verdict', stale: 'verdict-old' } as const;

/** Sentences of others, to stand in ours. */
export function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

/** The value, or why there is none: unreachable or no more time. Other errors are ours and are thrown. */
async function inTime<T>(
  work: Promise<T>,
  { deadline }: Tools,
): Promise<{ value: T } | { problem: Omit<Problem, 'refuses'> }> {
  try {
    const value = await Promise.race([work.then((found) => ({ found })), deadline]);
    if (value !== null) return { value: value.found };
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    return {
      problem: {
        code: 'unreachable',
        says: `what is signed beside it could not be read: ${withoutStop(error.message)}`,
      },
    };
  }
  // The look goes on, so that the next try finds it.
  return { problem: { code: 'timeout', says: 'its registry did not answer in time; try again in a moment' } };
}

function originOf(facts: readonly (Cached<ImageFacts> | null)[]): LookedAt['from'] {
  const seen = facts.flatMap((fact) => (fact === null ? [] : [fact.freshness]));
  if (seen.length === 0) return 'none';
  return seen.includes('miss') ? 'looked' : seen.includes('stale') ? 'stale' : 'known';
}

/** The API server lets names of a megabyte through: 255 for the repository, 253 for the host, 128 for the tag, 135 for the digest. */
const LONGEST_IMAGE = 1024;

/** The reference, or the sentence why it is none. */
function parse(image: string): ImageReference | string {
  if (image.length > LONGEST_IMAGE) return `its name has ${image.length} characters, and registries know none so long`;
  try {
    return parseImageReference(image);
  } catch (error) {
    if (!(error instanceof GuardUsageError)) throw error;
    return error.message;
  }
}
