/** Findings about pods and containers, with identity and place. */
import type { Finding, Severity, Verdict } from '../../../findings/model.ts';
import { type GuardRule, guardFinding } from '../../finding.ts';
import { identityOf, serviceOf, titleOf } from '../../manifests/identity.ts';
import type { Container, Path, PodSpec } from './pod.ts';

export interface Sight {
  /** Goes on after `Deployment shop/api` or `container web of Deployment shop/api`. */
  readonly says: string;
  /** Why it matters, one sentence. */
  readonly because: string;
  readonly path: Path;
  /** Default: confirmed. */
  readonly verdict?: Verdict;
  readonly severity?: Severity;
  readonly operation?: string;
  readonly fix?: string;
}

export function sightOf(rule: GuardRule, pod: PodSpec, container: Container | null, sight: Sight): Finding {
  const { object } = pod;
  const whole = titleOf(object);
  const name = container === null ? whole : `${kindOf(container)} ${container.name} of ${whole}`;
  return guardFinding(rule, {
    verdict: sight.verdict ?? 'confirmed',
    severity: sight.severity ?? rule.severity,
    title: `${name} ${sight.says}.`,
    identity: container === null ? identityOf(object) : `${identityOf(object)}#container/${container.name}`,
    operation: sight.operation ?? '',
    at: object.at(sight.path),
    service: serviceOf(object),
    evidence: [{ leg: 'config', says: `${sight.because}.`, numbers: [], captures: [] }],
    ...(sight.fix === undefined ? {} : { fix: { text: sight.fix } }),
  });
}

function kindOf(container: Container): string {
  if (container.list === 'initContainers') return 'Init container';
  return container.list === 'ephemeralContainers' ? 'Ephemeral container' : 'Container';
}
