/** What a configuration means, a line each: for `--check-config`. */
import type { AdmitConfig, Policy } from './config.ts';

export function describeAdmit({ settings, policies }: AdmitConfig): string[] {
  const { exempt, cache } = settings;
  return [
    `reviews are answered at https://${settings.listen}/validate within ${settings['timeout-ms']} ms, metrics at http://${settings.metrics.listen}/metrics`,
    ...exempt.namespaces.map(({ namespace, reason }) => `not checked: namespace ${namespace} (${reason})`),
    ...exempt.images.map(({ image, reason }) => `needs no signature: image ${image} (${reason})`),
    ...policies.map(describePolicy),
    'what no policy matches is refused',
    `what is known of a digest is fresh for ${cache['fresh-seconds']} s, and used for ${Math.max(cache['stale-seconds'], cache['fresh-seconds'])} s while its registry does not answer`,
  ];
}

function describePolicy({ settings: policy, signature, verdict }: Policy): string {
  const { match } = policy;
  const when = [
    match.namespaces === undefined ? '' : `in namespaces ${match.namespaces.join(', ')}`,
    match.labels === undefined
      ? ''
      : `with labels ${Object.entries(match.labels)
          .map((pair) => pair.join('='))
          .join(', ')}`,
    match.images === undefined ? '' : `for images ${match.images.join(', ')}`,
  ].filter((part) => part !== '');
  const keys = signature?.policy.keys.length ?? 0;
  const identities = signature?.policy.identities.length ?? 0;
  const demands = [
    policy.digest === 'demand' ? 'pinned by digest' : 'tags are resolved',
    policy.signature === 'off'
      ? 'no signature'
      : `signed as "${policy.signature.trust}" trusts (keys: ${keys}, identities: ${identities}), read from ${policy.signature.forms.join(', ')}`,
    policy.verdict === 'off' || verdict === null
      ? 'no gate verdict'
      : `a PASSED verdict on ${policy.verdict.policy} signed as "${verdict.name}" trusts, at most ${policy.verdict['max-age-hours']} h old`,
    policy.config === 'off'
      ? 'no rules on the pod'
      : `no finding of ${policy.config['refuse-from']} or above in the pod`,
    policy['on-unreachable'] === 'allow'
      ? 'let in while the registry does not answer'
      : 'refused while the registry does not answer',
  ];
  return `policy ${policy.name} (${policy.mode}) ${when.length === 0 ? 'for everything' : when.join(' ')}: ${demands.join('; ')}`;
}
