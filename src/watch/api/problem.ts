/** What goes wrong while a request is answered, and what of it the asker is told. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors, isResponseSerializationError } from 'fastify-type-provider-zod';
import { StoreError } from '../history/error.ts';

/** An answer that is no success: one sentence for the person who asked. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly statusCode: number;
  /** Seconds after which to try again. */
  readonly retryAfter: number | null;

  constructor(statusCode: number, says: string, retryAfter: number | null = null) {
    super(says);
    this.statusCode = statusCode;
    this.retryAfter = retryAfter;
  }
}

export function notFound(what: string): ApiProblem {
  return new ApiProblem(404, `There is no ${what} here; it may have been removed since.`);
}

/** Every error ends here. Defects of ours are logged with their stack and told without anything of them. */
export function answerProblem(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): void {
  const { status, says } = outcomeOf(error, request);
  if (status >= 500) {
    request.log.error({ err: error }, `${request.method} ${request.routeOptions.url ?? ''} failed: ${error.message}`);
  }
  if (error instanceof ApiProblem && error.retryAfter !== null) reply.header('retry-after', String(error.retryAfter));
  // Nothing more is read of a body that was refused.
  if (status === 413) reply.header('connection', 'close');
  reply.code(status).type('application/json; charset=utf-8').serializer(JSON.stringify).send({ error: says });
}

const PARTS: Readonly<Record<string, string>> = { params: 'path', querystring: 'query', body: 'body' };

function outcomeOf(error: FastifyError | Error, request: FastifyRequest): { status: number; says: string } {
  if (error instanceof ApiProblem) return { status: error.statusCode, says: error.message };
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [first] = error.validation;
    const field = first === undefined ? '' : first.instancePath.replaceAll('/', '.').slice(1);
    const part = PARTS[error.validationContext ?? ''] ?? 'request';
    return {
      status: 400,
      says: `The ${part} is not right: ${field}${field === '' ? '' : ': '}${first?.message ?? 'invalid'}.`,
    };
  }
  // A reader's errors say where in the file it stopped making sense, and nothing of this server.
  if (error.name === 'EvidenceError') return { status: 422, says: `${error.message}.` };
  if (error instanceof StoreError && (error.reason === 'damaged' || error.reason === 'missing')) {
    const how = error.reason === 'damaged' ? 'is damaged' : 'is not there any more';
    return { status: 500, says: `This profile ${how} on the server's disk; the log and the status page say which.` };
  }
  if (error.name === 'StoreError') {
    return { status: 500, says: 'What was asked for cannot be read from the store; the log says why.' };
  }
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status < 500 && !isResponseSerializationError(error)) return { status, says: error.message };
  return { status: 500, says: `This failed inside of the server; its log has more under ${request.id}.` };
}
