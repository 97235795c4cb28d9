import { z } from 'zod';
import type { ProcessRaw } from '../evidence/process/raw.ts';
import { TargetError } from './error.ts';

const text = z.string().optional();
const schema = z.object({
  pid: z.int().positive(),
  status: text,
  stat: text,
  smaps: text,
  smapsRollup: text,
  maps: text,
  fdCount: z.int().nonnegative().optional(),
  fdKinds: z.array(z.object({ name: z.string(), count: z.int().nonnegative() })).optional(),
  fdLimit: text,
  cgroup: z.object({ membership: z.string(), mountinfo: text, files: z.record(z.string(), z.string()) }).optional(),
});

/** The process capture of a bundle, as `process-capture.ts` wrote it. */
export function parseProcessRaw(json: string): ProcessRaw {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new TargetError('it is not JSON');
  }
  const result = schema.safeParse(value);
  if (!result.success)
    throw new TargetError(`it is not a process capture (${result.error.issues[0]?.path.join('.') ?? ''})`);
  return withoutUndefined(result.data);
}

type Parsed = z.infer<typeof schema>;

/** exactOptionalPropertyTypes: an absent text must be absent, not undefined. */
function withoutUndefined({
  pid,
  status,
  stat,
  smaps,
  smapsRollup,
  maps,
  fdCount,
  fdKinds,
  fdLimit,
  cgroup,
}: Parsed): ProcessRaw {
  return {
    pid,
    ...(status === undefined ? {} : { status }),
    ...(stat === undefined ? {} : { stat }),
    ...(smaps === undefined ? {} : { smaps }),
    ...(smapsRollup === undefined ? {} : { smapsRollup }),
    ...(maps === undefined ? {} : { maps }),
    ...(fdCount === undefined ? {} : { fdCount }),
    ...(fdKinds === undefined ? {} : { fdKinds }),
    ...(fdLimit === undefined ? {} : { fdLimit }),
    ...(cgroup === undefined
      ? {}
      : {
          cgroup: {
            membership: cgroup.membership,
            files: cgroup.files,
            ...(cgroup.mountinfo === undefined ? {} : { mountinfo: cgroup.mountinfo }),
          },
        }),
  };
}
