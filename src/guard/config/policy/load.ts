/** Policy files of the user. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { GuardUsageError } from '../../error.ts';
import { mapOf } from '../../json/values.ts';
import type { KubeObject } from '../../manifests/manifest.ts';
import { decodeText, parseManifests } from '../../manifests/parse.ts';
import type { Policy } from './model.ts';

const LARGEST = 32 * 1024 * 1024;

/** The policies in files and directories (not below them). @throws GuardUsageError with what is wrong where */
export async function loadPolicies(paths: readonly string[], cwd: string): Promise<Policy[]> {
  const out: Policy[] = [];
  const objects: KubeObject[] = [];
  for (const path of paths) {
    for (const file of await filesOf(path, cwd)) {
      const bytes = await bytesOf(file, cwd);
      if (file.endsWith('.wasm')) {
        out.push({ type: 'rego', file, name: basename(file, '.wasm'), wasm: bytes });
        continue;
      }
      const parsed = parseManifests(file, decodeText(bytes));
      const [broken] = parsed.broken;
      if (broken !== undefined) throw new GuardUsageError(`${broken.says}: correct the policy.`);
      objects.push(...parsed.objects);
      if (file === path && !parsed.objects.some(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'))) {
        throw new GuardUsageError(`${file} holds no ValidatingAdmissionPolicy: name one, or Rego compiled to .wasm.`);
      }
    }
  }
  const bindings = objects
    .filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding')
    .map(({ value }) => mapOf(value.spec));
  const others = objects
    .filter(({ kind }) => !kind.startsWith('ValidatingAdmissionPolicy'))
    .map(({ apiVersion, kind, name, namespace, value }) => ({ apiVersion, kind, name, namespace, value }));
  for (const { kind, name, value, origin } of objects) {
    if (kind !== 'ValidatingAdmissionPolicy') continue;
    const file = origin.kind === 'file' ? origin.file : '';
    out.push({
      type: 'cel',
      file,
      name,
      spec: value.spec,
      bindings: bindings.filter(({ policyName }) => policyName === name),
      others,
    });
  }
  if (paths.length > 0 && out.length === 0)
    throw new GuardUsageError(
      `There is no policy in ${paths.join(', ')}: name files with a ValidatingAdmissionPolicy, or Rego compiled to .wasm.`,
    );
  return out;
}

async function filesOf(path: string, cwd: string): Promise<string[]> {
  const full = resolve(cwd, path);
  const info = await stat(full).catch(() => null);
  if (info === null) throw new GuardUsageError(`There is no policy ${path}: name a file or a directory.`);
  if (!info.isDirectory()) {
    if (path.endsWith('.rego'))
      throw new GuardUsageError(
        `${path} is Rego: compile it (opa build -t wasm -e NAME/deny ${path}) and name the .wasm.`,
      );
    return [path];
  }
  const names = (await readdir(full)).filter((name) => /\.(ya?ml|json|wasm)$/.test(name)).sort();
  return names.map((name) => join(path, name));
}

async function bytesOf(file: string, cwd: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(resolve(cwd, file));
    if (bytes.length > LARGEST)
      throw new GuardUsageError(`${file} is larger than ${LARGEST / 1024 / 1024} MiB, which no policy is.`);
    return bytes;
  } catch (error) {
    if (error instanceof GuardUsageError) throw error;
    throw new GuardUsageError(`${file} could not be read: check its permissions.`);
  }
}
