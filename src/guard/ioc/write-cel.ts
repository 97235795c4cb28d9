/** ValidatingAdmissionPolicies with their bindings, for findings. Pure. */
import type { IocFinding } from './finding.ts';
import { commentOf, kubeName, kubeText, type Written } from './written.ts';

export type PodDemand = 'read-only-root' | 'seccomp' | 'unprivileged' | 'no-escalation' | 'non-root';

interface Validation {
  readonly expression: string;
  readonly message: string;
}

/** All containers of a pod; what is missing in a pod is an empty list. */
const CONTAINERS = `object.spec.containers
  + (has(object.spec.initContainers) ? object.spec.initContainers : [])
  + (has(object.spec.ephemeralContainers) ? object.spec.ephemeralContainers : [])`.replace(/\s+/g, ' ');

/** A setting of the container, or that of its pod where it has none. */
function inherited(setting: string, wanted: string): string {
  const has = (of: string): string => `has(${of}.securityContext) && has(${of}.securityContext.${setting})`;
  return `(${has('c')}) ? c.securityContext.${setting}${wanted} : ((${has('object.spec')}) && object.spec.securityContext.${setting}${wanted})`;
}

const SECCOMP = `((has(c.securityContext) && has(c.securityContext.seccompProfile)) ? c.securityContext.seccompProfile.type in TYPES : ((has(object.spec.securityContext) && has(object.spec.securityContext.seccompProfile)) && object.spec.securityContext.seccompProfile.type in TYPES))`;

const DEMANDS: Readonly<Record<PodDemand, Validation>> = {
  'read-only-root': {
    expression:
      'variables.containers.all(c, has(c.securityContext) && has(c.securityContext.readOnlyRootFilesystem) && c.securityContext.readOnlyRootFilesystem)',
    message: 'every container needs securityContext.readOnlyRootFilesystem: true',
  },
  seccomp: {
    expression: `variables.containers.all(c, ${SECCOMP.replaceAll('TYPES', "['RuntimeDefault', 'Localhost']")})`,
    message: 'every container needs a seccompProfile of type RuntimeDefault or Localhost',
  },
  unprivileged: {
    expression:
      'variables.containers.all(c, !has(c.securityContext) || !has(c.securityContext.privileged) || !c.securityContext.privileged)',
    message: 'no container may be privileged',
  },
  'no-escalation': {
    expression:
      'variables.containers.all(c, has(c.securityContext) && has(c.securityContext.allowPrivilegeEscalation) && !c.securityContext.allowPrivilegeEscalation)',
    message: 'every container needs securityContext.allowPrivilegeEscalation: false',
  },
  'non-root': {
    expression: `variables.containers.all(c, ${inherited('runAsNonRoot', '')})`,
    message: 'every container needs runAsNonRoot: true, its own or its pod’s',
  },
};

/** Pods of a namespace have to have what one of them lacks. */
export function containersMust(finding: IocFinding, demand: PodDemand, namespace: string): Written {
  const { expression, message } = DEMANDS[demand];
  return {
    text: policy(finding, [{ expression, message }], { namespace }),
    does: `refuses pods in ${namespace}: ${message}`,
  };
}

/** No pod of that image, by its digest wherever it comes from; by its tag where the finding knows one. */
export function denyImage(finding: IocFinding, digest: string, name: string): Written {
  const message = `the image ${name === '' ? digest : `${name}@${digest}`} is refused (${finding.rule})`;
  return {
    text: policy(
      finding,
      [{ expression: `!variables.containers.exists(c, c.image.endsWith(${cel(`@${digest}`)}))`, message }],
      {
        comment: [
          'An image that a pod names by its tag alone is not seen by its digest: hemostat guard admit looks it up.',
        ],
      },
    ),
    does: 'refuses pods that name that digest',
  };
}

/** Pods of the image only with a seccomp filter of the node's: the one that the baseline exports. */
export function podsOfImageMust(finding: IocFinding, digest: string, image: string): Written {
  const tag = image.replace(/@.*$/s, '');
  const named = tag === '' ? '' : ` || c.image == ${cel(tag)}`;
  const isOne = `(c.image.endsWith(${cel(`@${digest}`)})${named})`;
  const message =
    'containers of this image need a seccompProfile of type Localhost (hemostat guard baseline export --seccomp --enforce)';
  return {
    text: policy(
      finding,
      [
        {
          expression: `variables.containers.all(c, !${isOne} || ${SECCOMP.replaceAll('TYPES', "['Localhost']")})`,
          message,
        },
      ],
      {
        comment: [
          'What the image was never seen to do, a filter of what it was seen to do refuses. Put that on the nodes first.',
          ...(tag === '' ? [] : [`Pods that name the image by another tag than ${tag} are not seen.`]),
        ],
      },
    ),
    does: 'refuses pods of that image without a Localhost seccomp profile',
  };
}

/** A pod that runs already can be labelled, finished and debugged whatever its image is. */
const NEW_OR_OTHER =
  "request.operation == 'CREATE' || object.spec.containers.map(c, c.image) != oldObject.spec.containers.map(c, c.image)";

interface PolicyOptions {
  readonly namespace?: string;
  readonly comment?: readonly string[];
}

function policy(
  finding: IocFinding,
  validations: readonly Validation[],
  { namespace, comment = [] }: PolicyOptions,
): string {
  const name = kubeName(finding);
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const labels = { 'app.kubernetes.io/managed-by': 'hemostat' };
  return kubeText(
    [...commentOf(finding), ...comment],
    [
      {
        apiVersion,
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name, labels },
        spec: {
          failurePolicy: 'Fail',
          matchConstraints: {
            resourceRules: [
              { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['pods'] },
            ],
          },
          matchConditions: [{ name: 'new-or-other-images', expression: NEW_OR_OTHER }],
          variables: [{ name: 'containers', expression: CONTAINERS }],
          validations: validations.map((one) => ({ ...one, reason: 'Forbidden' })),
        },
      },
      {
        apiVersion,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name, labels },
        spec: {
          policyName: name,
          validationActions: ['Deny', 'Audit'],
          ...(namespace === undefined
            ? {}
            : { matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } } }),
        },
      },
    ],
  );
}

/** A string of CEL. */
function cel(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replace(/\p{Cc}/gu, '?')}'`;
}
