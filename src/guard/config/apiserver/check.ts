/** Findings about the flags of kube-apiserver, each at the very flag, or where the missing one would stand. */
import type { Finding, Severity } from '../../../findings/model.ts';
import { type GuardRule, guardFinding } from '../../finding.ts';
import type { ConfigCheck } from '../rule.ts';
import { type ApiServer, apiServers, type Flag, flagOf, listFlag } from './flags.ts';
import { APISERVER_HARDENING, APISERVER_OPEN, APISERVER_RULES, RUNTIME_CONFIG_TRAP } from './rules.ts';
import { readRuntimeConfig, serves } from './runtime-config.ts';

export const apiserverCheck: ConfigCheck = {
  rules: APISERVER_RULES,
  check: ({ manifests }) => apiServers(manifests.objects).flatMap((server) => [...trap(server), ...judged(server)]),
};

/** Without these a cluster does not work, or is not guarded. */
const NEEDED = ['v1', 'rbac.authorization.k8s.io/v1', 'apps/v1', 'authentication.k8s.io/v1', 'authorization.k8s.io/v1'];
const PROPOSAL = 'api/alpha=false,api/beta=false';

function trap(server: ApiServer): Finding[] {
  const { values, at } = listFlag(server, 'runtime-config');
  const config = readRuntimeConfig(values);
  const gone = NEEDED.filter((version) => !serves(config, version));
  if (values.length === 0 || gone.length === 0) return [];
  const written = values.join(',');
  return [
    guardFinding(RUNTIME_CONFIG_TRAP, {
      verdict: 'confirmed',
      title: `--runtime-config=${written} turns off ${gone.join(', ')}; kube-apiserver starts all the same.`,
      identity: server.identity,
      operation: 'runtime-config',
      at,
      service: server.identity,
      evidence: says(
        `Not served with these settings: ${gone.join(', ')}.${gone.includes('rbac.authorization.k8s.io/v1') ? ' Without the RBAC API its rules can be neither read nor changed.' : ''}`,
      ),
      fix: { text: `Use --runtime-config=${PROPOSAL}: what is not stable is turned off, and nothing that is needed.` },
    }),
  ];
}

interface Judgement {
  readonly flag: string;
  readonly rule: GuardRule;
  readonly severity: Severity;
  /** What is wrong with the value (null: not given) in words after "kube-apiserver "; null where nothing is. */
  readonly wrong: (value: string | null, server: ApiServer) => string | null;
  readonly set: string;
}

const no = (value: string | null): boolean => value !== null && /^(?:false|0|f)$/i.test(value);
const listed = (value: string | null): string[] => (value ?? '').split(',').map((each) => each.trim());

/** Defaults are those of Kubernetes 1.34 (staging/src/k8s.io/apiserver, pkg/kubeapiserver/options). */
const JUDGEMENTS: readonly Judgement[] = [
  {
    flag: 'anonymous-auth',
    rule: APISERVER_OPEN,
    severity: 'medium',
    wrong: (value, server) =>
      value === null
        ? flagOf(server, 'authentication-config') === null
          ? 'answers anonymous requests (the default)'
          : null
        : no(value)
          ? null
          : 'answers anonymous requests',
    set: '--anonymous-auth=false, or an AuthenticationConfiguration that allows it for health checks only',
  },
  {
    flag: 'authorization-mode',
    rule: APISERVER_OPEN,
    severity: 'critical',
    wrong: (value, server) => {
      if (flagOf(server, 'authorization-config') !== null) return null;
      // kubeadm sets Node,RBAC where nothing is said.
      if (value === null)
        return server.whole
          ? 'allows everything: --authorization-mode is not given, and its default is AlwaysAllow'
          : null;
      if (listed(value).includes('AlwaysAllow')) return 'allows everything (AlwaysAllow)';
      const missing = ['Node', 'RBAC'].filter((mode) => !listed(value).includes(mode));
      return missing.length === 0 ? null : `decides without ${missing.join(' and ')}`;
    },
    set: '--authorization-mode=Node,RBAC',
  },
  {
    flag: 'insecure-port',
    rule: APISERVER_OPEN,
    severity: 'critical',
    wrong: (value) =>
      value === null || value === '0' ? null : `listens without TLS and without asking who it is on port ${value}`,
    set: '--insecure-port=0, or no such flag (it is gone since Kubernetes 1.24)',
  },
  {
    flag: 'token-auth-file',
    rule: APISERVER_OPEN,
    severity: 'high',
    wrong: (value) =>
      value === null ? null : 'takes tokens from a file: they never expire, and a change needs a restart',
    set: 'no --token-auth-file; use ServiceAccount tokens, OIDC or certificates',
  },
  {
    flag: 'basic-auth-file',
    rule: APISERVER_OPEN,
    severity: 'high',
    wrong: (value) => (value === null ? null : 'takes passwords from a file'),
    set: 'no --basic-auth-file',
  },
  {
    flag: 'kubelet-certificate-authority',
    rule: APISERVER_HARDENING,
    severity: 'medium',
    wrong: (value) => (value === null ? 'does not check the certificates of kubelets' : null),
    set: '--kubelet-certificate-authority=FILE',
  },
  {
    flag: 'client-ca-file',
    rule: APISERVER_HARDENING,
    severity: 'medium',
    wrong: (value, server) => (value === null && server.whole ? 'knows no authority for client certificates' : null),
    set: '--client-ca-file=FILE',
  },
  {
    flag: 'profiling',
    rule: APISERVER_HARDENING,
    severity: 'low',
    wrong: (value) => (no(value) ? null : 'serves profiles'),
    set: '--profiling=false',
  },
  {
    flag: 'audit-log-path',
    rule: APISERVER_HARDENING,
    severity: 'medium',
    wrong: (value, server) => {
      if (flagOf(server, 'audit-policy-file') === null) return 'writes no audit log: there is no --audit-policy-file';
      return value === null && flagOf(server, 'audit-webhook-config-file') === null
        ? 'has an audit policy, but nowhere to write to'
        : null;
    },
    set: '--audit-policy-file=FILE and --audit-log-path=FILE',
  },
  {
    flag: 'encryption-provider-config',
    rule: APISERVER_HARDENING,
    severity: 'high',
    wrong: (value) => (value === null ? 'stores Secrets in etcd as they are' : null),
    set: '--encryption-provider-config=FILE',
  },
  {
    flag: 'enable-admission-plugins',
    rule: APISERVER_HARDENING,
    severity: 'high',
    wrong: (value, server) => {
      if (listed(value).includes('AlwaysAdmit')) return 'admits everything (AlwaysAdmit)';
      const set = server.whole || value !== null;
      return set && !listed(value).includes('NodeRestriction')
        ? 'lets a kubelet change other nodes and their pods: NodeRestriction is not enabled'
        : null;
    },
    set: '--enable-admission-plugins=NodeRestriction (and what else is needed)',
  },
  {
    flag: 'disable-admission-plugins',
    rule: APISERVER_HARDENING,
    severity: 'high',
    wrong: (value) => {
      const off = listed(value).filter((plugin) => GUARDING.has(plugin));
      return off.length === 0 ? null : `has turned off ${off.join(', ')}`;
    },
    set: '--disable-admission-plugins without them',
  },
  {
    flag: 'service-account-lookup',
    rule: APISERVER_HARDENING,
    severity: 'medium',
    wrong: (value) => (no(value) ? 'believes tokens of ServiceAccounts that were deleted' : null),
    set: '--service-account-lookup=true (the default)',
  },
  {
    flag: 'service-account-issuer',
    rule: APISERVER_HARDENING,
    severity: 'high',
    wrong: (value, server) =>
      value === null && server.whole ? 'has no issuer for ServiceAccount tokens and does not start since 1.20' : null,
    set: '--service-account-issuer=https://…',
  },
  {
    flag: 'service-account-extend-token-expiration',
    rule: APISERVER_HARDENING,
    severity: 'medium',
    wrong: (value) => (no(value) ? null : 'makes the tokens of pods valid for a year instead of an hour'),
    set: '--service-account-extend-token-expiration=false',
  },
  {
    flag: 'tls-min-version',
    rule: APISERVER_HARDENING,
    severity: 'high',
    wrong: (value) =>
      value === 'VersionTLS10' || value === 'VersionTLS11' ? `speaks ${value.replace('VersionTLS1', 'TLS 1.')}` : null,
    set: '--tls-min-version=VersionTLS12 or VersionTLS13',
  },
];

const GUARDING = new Set([
  'NodeRestriction',
  'PodSecurity',
  'ServiceAccount',
  'CertificateSubjectRestriction',
  'CertificateApproval',
  'ValidatingAdmissionWebhook',
  'MutatingAdmissionWebhook',
  'ValidatingAdmissionPolicy',
]);

function judged(server: ApiServer): Finding[] {
  return JUDGEMENTS.flatMap((judgement): Finding[] => {
    const flag: Flag | null = flagOf(server, judgement.flag);
    const wrong = judgement.wrong(flag?.value ?? null, server);
    if (wrong === null) return [];
    // extraArgs add to what kubeadm sets, so what is missing in them depends on the release.
    const verdict = flag === null && !server.whole ? 'suspected' : 'confirmed';
    return [
      guardFinding(judgement.rule, {
        verdict,
        severity: judgement.severity,
        title: `kube-apiserver ${wrong}.`,
        identity: server.identity,
        operation: judgement.flag,
        at: flag?.at ?? server.at,
        service: server.identity,
        evidence: says(flag === null ? `--${judgement.flag} is not given.` : `--${judgement.flag}=${shown(flag)}`),
        fix: { text: `Set ${judgement.set}.` },
      }),
    ];
  });
}

/** Values of flags that name files are shown; none of those that are judged holds a secret itself. */
function shown(flag: Flag): string {
  return flag.value.length > 200 ? `${flag.value.slice(0, 200)}…` : flag.value;
}

function says(text: string): Finding['evidence'] {
  return [{ leg: 'config', says: text, numbers: [], captures: [] }];
}
