/** From a review to a decision: which policy, which images, which rules, and what an update may keep. */
import type { Finding } from '../../findings/model.ts';
import { atLeast, severityAtLeast } from '../../findings/sort.ts';
import { isRecord } from '../json/values.ts';
import type { KubeObject } from '../manifests/manifest.ts';
import type { AdmitConfig, Policy } from './config.ts';
import { type Decision, type LookedAt, type Problem, SKIPPED } from './decision.ts';
import { globMatches } from './glob.ts';
import { checkImage, repositoryOf, type Tools, withoutStop } from './image-check.ts';
import { holdsPod, type PodImage, type PodPart, podOf } from './pod.ts';
import type { AdmissionRequest } from './review.ts';

/** The rules on one object that runs pods; pure. */
export type WorkloadCheck = (object: KubeObject) => readonly Finding[];

export interface DecideTools extends Tools {
  readonly config: AdmitConfig;
  readonly checkWorkload: WorkloadCheck;
}

/** Never rejects because of what is in the review; a rejection is our own defect, and is to be answered as a refusal. */
export async function decide(request: AdmissionRequest, tools: DecideTools): Promise<Decision> {
  const { group, kind, subResource, operation, object, oldObject } = request;
  if (operation === 'DELETE' || operation === 'CONNECT' || object === null) return SKIPPED('operation');
  if (!holdsPod(group, kind, subResource)) return SKIPPED('no-pod');
  const { exempt } = tools.config.settings;
  if (exempt.namespaces.some(({ namespace }) => globMatches(namespace, request.namespace)))
    return SKIPPED('exempt-namespace');
  const pod = podOf(group, kind, object);
  const before = operation === 'UPDATE' && oldObject !== null ? podOf(group, kind, oldObject) : null;
  const problems: Problem[] = pod.problems.map((says) => ({
    code: 'bad-shape',
    says: `${says}; correct it`,
    refuses: true,
  }));
  const images = await checkImages(request, pod, before, tools);
  problems.push(...images.problems, ...checkRules(request, images.policies, tools));
  return { allowed: !problems.some(({ refuses }) => refuses), skipped: null, problems, images: images.looked };
}

interface ImagesChecked {
  readonly problems: readonly Problem[];
  readonly looked: readonly LookedAt[];
  readonly policies: ReadonlySet<Policy>;
}

async function checkImages(
  request: AdmissionRequest,
  pod: PodPart,
  before: PodPart | null,
  tools: DecideTools,
): Promise<ImagesChecked> {
  const { config } = tools;
  const problems: Problem[] = [];
  const policies = new Set<Policy>();
  const ran = new Set(before?.images.map(runs));
  const byImage = new Map<string, PodImage[]>();
  for (const image of pod.images) {
    const places = byImage.get(image.image);
    if (places === undefined) byImage.set(image.image, [image]);
    else places.push(image);
  }
  if (byImage.size > MOST_IMAGES) {
    const says = `${whereOf(request)} names ${byImage.size} images, and at most ${MOST_IMAGES} are looked up for one object; split it`;
    return { problems: [{ code: 'bad-shape', says, refuses: true }], looked: [], policies };
  }
  const looked = await Promise.all(
    [...byImage].map(async ([image, places]): Promise<LookedAt> => {
      const who = `${whereOf(request)}: ${named(places)} with image ${shortened(image)}`;
      const repository = repositoryOf(image);
      const policy = policyFor(config.policies, request.namespace, pod.labels, repository);
      if (policy !== null) policies.add(policy);
      const excused = config.settings.exempt.images.find(
        (each) => repository !== null && globMatches(each.image, repository),
      );
      const none: LookedAt = { image, digest: null, policy: null, signers: [], forms: [], from: 'none', exempt: null };
      if (excused !== undefined) return { ...none, exempt: excused.reason };
      // An object that ran before must stay changeable: scaling, finalizers and owners are updates as well.
      const unchanged = places.every((place) => ran.has(runs(place)));
      if (policy === null) {
        const why =
          repository === null
            ? 'it names no image'
            : `no policy is for ${repository} in this namespace; add one, or exempt the image`;
        problems.push({
          code: repository === null ? 'bad-reference' : 'no-policy',
          says: `${who}: ${why}`,
          refuses: !unchanged,
        });
        return none;
      }
      const checked = await checkImage(image, policy, tools, unchanged);
      const { mode, name, 'on-unreachable': away } = policy.settings;
      for (const { code, says } of checked.problems) {
        const lenient = code === 'tag-resolved' || ((code === 'unreachable' || code === 'timeout') && away === 'allow');
        problems.push({
          code,
          says: `${who}: ${says} (policy "${name}")`,
          refuses: mode === 'enforce' && !unchanged && !lenient,
        });
      }
      return checked.looked;
    }),
  );
  return { problems, looked, policies };
}

/** One object must not send hundreds of questions to registries. */
const MOST_IMAGES = 64;
/** Of containers with one image, so many are named. */
const MOST_NAMED = 4;

function named(places: readonly PodImage[]): string {
  const names = places.slice(0, MOST_NAMED).map(({ kind, container }) => `${kind} "${container.slice(0, 63)}"`);
  return `${names.join(', ')}${places.length > MOST_NAMED ? ` and ${places.length - MOST_NAMED} more` : ''}`;
}

function runs({ kind, container, image }: PodImage): string {
  return JSON.stringify([kind, container, image]);
}

/** The first that fits. */
export function policyFor(
  policies: readonly Policy[],
  namespace: string,
  labels: Readonly<Record<string, string>>,
  repository: string | null,
): Policy | null {
  const fits = ({ settings: { match } }: Policy): boolean =>
    (match.namespaces?.some((glob) => globMatches(glob, namespace)) ?? true) &&
    (match.images?.some((glob) => repository !== null && globMatches(glob, repository)) ?? true) &&
    Object.entries(match.labels ?? {}).every(
      ([name, glob]) => Object.hasOwn(labels, name) && globMatches(glob, labels[name] ?? ''),
    );
  return policies.find(fits) ?? null;
}

/** Where every image is exempt and no policy fits, these rules hold all the same. */
const STANDARD: Pick<Policy['settings'], 'mode' | 'config'> = {
  mode: 'enforce',
  config: { 'refuse-from': 'high', except: [] },
};

/** Rules are about the whole pod: the policy of any of its images may refuse it. */
function checkRules(
  request: AdmissionRequest,
  policies: ReadonlySet<Policy>,
  { checkWorkload }: DecideTools,
): Problem[] {
  const asked = policies.size === 0 ? [STANDARD] : [...policies].map(({ settings }) => settings);
  if (asked.every(({ config }) => config === 'off')) return [];
  const { object, oldObject, operation } = request;
  if (object === null) return [];
  const before = new Set(
    operation === 'UPDATE' && oldObject !== null
      ? checkWorkload(objectOf(request, oldObject)).map(({ fingerprint }) => fingerprint)
      : [],
  );
  const problems: Problem[] = [];
  for (const finding of checkWorkload(objectOf(request, object))) {
    const against = asked.filter(({ config }) => config !== 'off' && refusesRule(finding, config));
    if (against.length === 0) continue;
    problems.push({
      code: 'config-rule',
      says: `${withoutStop(finding.title)}; ${lowered(withoutStop(finding.fix.text))} (rule ${finding.rule})`,
      refuses: !before.has(finding.fingerprint) && against.some(({ mode }) => mode === 'enforce'),
    });
  }
  return problems;
}

/** Whether a digest is demanded is the policy's own word. */
const PINNED_BY_POLICY = 'config-image-not-pinned';

function refusesRule(finding: Finding, config: Exclude<Policy['settings']['config'], 'off'>): boolean {
  return (
    finding.rule !== PINNED_BY_POLICY &&
    atLeast(finding.verdict, 'confirmed') &&
    severityAtLeast(finding.severity, config['refuse-from']) &&
    !config.except.some(({ rule }) => rule === finding.rule)
  );
}

/** As the rules want it; a live object has no places. */
export function objectOf(request: AdmissionRequest, value: Readonly<Record<string, unknown>>): KubeObject {
  const { group, version, kind, namespace } = request;
  return {
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    name: nameOf(request),
    namespace,
    value,
    origin: { kind: 'cluster', server: 'admission' },
    at: () => null,
  };
}

/** `Pod shop/api-` where the API server has yet to make the name up. */
function whereOf(request: AdmissionRequest): string {
  return `${request.kind} ${request.namespace === '' ? '' : `${request.namespace}/`}${nameOf(request)}`;
}

function nameOf({ name, object }: AdmissionRequest): string {
  if (name !== '' || object === null || !isRecord(object.metadata)) return name;
  const { name: own, generateName } = object.metadata;
  return typeof own === 'string' && own !== '' ? own : typeof generateName === 'string' ? generateName : '';
}

/** The audit log has the whole digest; a warning has 256 characters. */
function shortened(image: string): string {
  return image.slice(0, 512).replace(/(@sha\d+:[0-9a-f]{12})[0-9a-f]+$/, '$1…');
}

/** To stand within a sentence; names (`GOMEMLIMIT`) stay. */
function lowered(sentence: string): string {
  return /^[A-Z][a-z]/.test(sentence) ? `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}` : sentence;
}
