/** The section `gate.deps.go` of `.hemostat.yaml`. What is not said here is as the go command has it: environment, go/env, go.env. */
import { z } from 'zod';

export const goSettings = z.strictObject({
  /** go.sum and go.work.sum files; by default those that are found below the directory. */
  files: z.array(z.string().min(1)).optional(),
  /** The checksum database instead of GOSUMDB, in its form: `name+hash+key`, and the address after a blank where it is not https://name. */
  database: z
    .string()
    .trim()
    .regex(/^\S+(\s+https?:\/\/\S+)?$/, 'must be `name+hash+key` or `name+hash+key https://address`, as GOSUMDB has it')
    .refine((text) => text !== 'off', 'must be a database: leave the setting out instead')
    .optional(),
  /** A signed tree head that stands in the repository: the database must be a continuation of it. */
  'tree-head': z.string().min(1).optional(),
  /** Hold the module cache (zips, their hashes, extracted directories) against go.sum. */
  'module-cache': z.boolean().default(true),
  /** Hold vendor/ against go.mod and the module cache. */
  vendor: z.boolean().default(true),
  /** Fetch zips that the module cache does not have from the proxy, to hold vendor/ against them. */
  'vendor-download': z.boolean().default(false),
  /** Versions that the proxy says are younger than this are reported; 0 asks for no times. */
  'cool-down-days': z.number().min(0).max(3650).default(0),
  /** Requests at the same time. */
  connections: z.int().min(1).max(64).default(16),
});

export type GoSettings = z.infer<typeof goSettings>;
