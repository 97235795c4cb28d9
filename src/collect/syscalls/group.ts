/** Groups of this machine by name. */
import { readFileSync } from 'node:fs';

/** Group id of a name or a number; null where /etc/group does not have the name. */
export function groupId(text: string, file = '/etc/group'): number | null {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    // name:password:gid:members, as group(5) has it.
    const [name, , gid = ''] = line.split(':');
    if (name === text && /^\d{1,9}$/.test(gid)) return Number(gid);
  }
  return null;
}
