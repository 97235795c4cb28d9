/** Exports of Vault or OpenBao, from files. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { codeOf, GuardEvidenceError, GuardUsageError, reasonOf } from '../../error.ts';
import { decodeText } from '../../manifests/parse.ts';
import type { VaultMount } from '../rule.ts';
import { parseVaultExport } from './read.ts';

/**
 * @param files relative to `cwd`, in the forms of parseVaultExport
 * @throws GuardUsageError where there is no such file, GuardEvidenceError where it cannot be read or is something else
 */
export async function readVaultFiles(files: readonly string[], cwd: string): Promise<VaultMount[]> {
  const mounts: VaultMount[] = [];
  for (const file of files) {
    const bytes = await readFile(resolve(cwd, file)).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT')
        throw new GuardUsageError(`There is no ${file}: name what vault read -format=json printed.`);
      throw new GuardEvidenceError(`${file} could not be read (${reasonOf(error)}): check its permissions.`);
    });
    mounts.push(...parseVaultExport(file, decodeText(bytes)));
  }
  return mounts;
}
