/** Falco rules for findings. Pure. */
import { containerCondition, falcoList, falcoName, falcoText, quoted } from '../baseline/export/falco-text.ts';
import type { IocFinding, SyscallFact } from './finding.ts';
import { commentOf, type Written } from './written.ts';

const PRIORITY = { critical: 'CRITICAL', high: 'ERROR', medium: 'WARNING', low: 'NOTICE', info: 'NOTICE' } as const;

/** The syscall, by whatever process, in every container of that image. */
export function falcoOfSyscall(finding: IocFinding, fact: SyscallFact): Written {
  const { digest, container, syscall } = fact;
  const name = `${falcoName(container === '' ? digest : container, digest)}_image`;
  const ofImage = digest.startsWith('exe:') ? containerCondition(fact) : `container.image.digest = ${quoted(digest)}`;
  const text = falcoText(
    [
      ...commentOf(finding),
      ...(digest.startsWith('exe:') ? ['No image digest is known: the rule goes by the name of the program.'] : []),
    ],
    [
      { macro: name, condition: ofImage },
      {
        rule: `${syscall} in ${container === '' ? digest : container} (${finding.fingerprint})`,
        desc: finding.title,
        condition: `evt.type = ${FALCO_NAMES[syscall] ?? syscall} and ${name}`,
        output: falcoList(`${syscall} in a container that never does this`, []),
        priority: PRIORITY[finding.severity],
        source: 'syscall',
        tags: ['container', 'hemostat', finding.rule],
      },
    ],
  );
  return {
    text,
    does: `an alert for every ${syscall} in containers of that ${digest.startsWith('exe:') ? 'program' : 'image'}`,
  };
}

/** Any program that starts in a container of that image. */
export function falcoOfImage(finding: IocFinding, digest: string): Written {
  const text = falcoText(commentOf(finding), [
    {
      rule: `Program started from a refused image (${finding.fingerprint})`,
      desc: finding.title,
      condition: `evt.type in (execve, execveat) and container.image.digest = ${quoted(digest)}`,
      output: falcoList('Program started from a refused image', []),
      priority: PRIORITY[finding.severity],
      source: 'syscall',
      tags: ['container', 'hemostat', finding.rule],
    },
  ]);
  return { text, does: 'an alert for every program that starts in a container of that image' };
}

/** What Falco calls otherwise than the kernel. */
const FALCO_NAMES: Readonly<Record<string, string>> = { pread64: 'pread', pwrite64: 'pwrite', prlimit64: 'prlimit' };
