/**
 * AdmissionReview (admission.k8s.io/v1) as the API server sends it, and the answer to it.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#webhook-request-and-response
 */
import { z } from 'zod';
import { isRecord } from '../json/values.ts';

const API_VERSION = 'admission.k8s.io/v1';

const groupVersionKind = z.object({ group: z.string().default(''), version: z.string(), kind: z.string().min(1) });
const record = z.record(z.string(), z.unknown());

const requestSchema = z.object({
  uid: z.string().min(1).max(256),
  kind: groupVersionKind,
  subResource: z.string().default(''),
  name: z.string().default(''),
  namespace: z.string().default(''),
  operation: z.enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
  userInfo: z.object({ username: z.string().default('') }).default({ username: '' }),
  object: record.nullish(),
  oldObject: record.nullish(),
  dryRun: z.boolean().nullish(),
});

/** What is asked; members that decide nothing are left out. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Empty for the object itself. */
  readonly subResource: string;
  /** Empty where the API server has yet to make one (`generateName`). */
  readonly name: string;
  /** Empty for what is cluster-wide. */
  readonly namespace: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly user: string;
  /** null for DELETE. */
  readonly object: Readonly<Record<string, unknown>> | null;
  /** null for CREATE. */
  readonly oldObject: Readonly<Record<string, unknown>> | null;
  readonly dryRun: boolean;
}

export interface AdmissionAnswer {
  readonly allowed: boolean;
  /** Why not; empty where allowed. */
  readonly message: string;
  /** Shown to whoever asked, by kubectl in yellow. */
  readonly warnings: readonly string[];
}

/** A body that is no review: one sentence, and its uid where one could be read. HTTP 400. */
export class ReviewError extends Error {
  override readonly name = 'ReviewError';
  readonly uid: string;
  constructor(sentence: string, uid = '') {
    super(sentence);
    this.uid = uid;
  }
}

/** @throws ReviewError */
export function readReview(body: string): AdmissionRequest {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new ReviewError(`the body is no JSON; an AdmissionReview of ${API_VERSION} is expected`);
  }
  if (!isRecord(value))
    throw new ReviewError(`the body is no JSON object; an AdmissionReview of ${API_VERSION} is expected`);
  const uid = isRecord(value.request) && typeof value.request.uid === 'string' ? value.request.uid.slice(0, 256) : '';
  if (value.kind !== 'AdmissionReview')
    throw new ReviewError(`the body's kind is ${shown(value.kind)} and not AdmissionReview`, uid);
  if (value.apiVersion !== API_VERSION)
    throw new ReviewError(
      `the review's apiVersion is ${shown(value.apiVersion)} and only ${API_VERSION} is answered; set admissionReviewVersions to ["v1"] in the webhook's configuration`,
      uid,
    );
  if (!isRecord(value.request)) throw new ReviewError('the review has no request', uid);
  const parsed = requestSchema.safeParse(value.request);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ReviewError(
      `request.${issue?.path.map(String).join('.') ?? ''} cannot be used: ${issue?.message ?? 'wrong'}`,
      uid,
    );
  }
  const { kind, operation, object, oldObject, userInfo, dryRun, ...rest } = parsed.data;
  if (object == null && (operation === 'CREATE' || operation === 'UPDATE'))
    throw new ReviewError(`request.object is missing, and ${operation} has one`, uid);
  const { kind: objectKind } = object ?? {};
  if (
    rest.subResource === '' &&
    operation !== 'CONNECT' &&
    object != null &&
    objectKind !== undefined &&
    objectKind !== kind.kind
  )
    throw new ReviewError(`request.kind is ${shown(kind.kind)} and the object says ${shown(objectKind)}`, uid);
  return {
    ...rest,
    group: kind.group,
    version: kind.version,
    kind: kind.kind,
    operation,
    user: userInfo.username,
    object: object ?? null,
    oldObject: oldObject ?? null,
    dryRun: dryRun === true,
  };
}

/** The API server cuts warnings after 256 characters each and 4,096 in all, so that the others are not heard. */
const LONGEST_WARNING = 256;
const MOST_WARNINGS = 16;
/** Of a refusal, characters; it ends on a person's terminal. */
const LONGEST_MESSAGE = 4096;

/** The body of the answer. */
export function reviewAnswer(uid: string, { allowed, message, warnings }: AdmissionAnswer): string {
  const told = warnings.slice(0, warnings.length > MOST_WARNINGS ? MOST_WARNINGS - 1 : MOST_WARNINGS);
  if (told.length < warnings.length) told.push(`and ${warnings.length - told.length} more; the audit log has them`);
  return JSON.stringify({
    apiVersion: API_VERSION,
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed,
      ...(allowed ? {} : { status: { code: 403, reason: 'Forbidden', message: cut(message, LONGEST_MESSAGE) } }),
      ...(told.length === 0 ? {} : { warnings: told.map((says) => cut(says, LONGEST_WARNING)) }),
    },
  });
}

function cut(text: string, most: number): string {
  const line = printable(text);
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

/** One line without what a terminal would obey; HTTP headers, which warnings travel in, may not hold them either. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : printable(JSON.stringify(value)?.slice(0, 80) ?? 'unreadable');
}
