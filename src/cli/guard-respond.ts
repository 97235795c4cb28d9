/** `hemostat guard respond`: who owes what by when, from finding to measured flat. Loads nothing but commander before an action runs. */
import { Command, Option } from 'commander';

export interface RawRespond {
  readonly dir: string;
  readonly matrix?: string;
  readonly json?: true;
  readonly by?: string;
}

export interface RawOpen extends RawRespond {
  readonly severity: 'critical' | 'high' | 'medium' | 'low' | 'info';
  readonly verdict: 'proven' | 'confirmed' | 'suspected';
}

export interface RawAct extends RawRespond {
  readonly role?: 'development' | 'operations' | 'security';
  readonly note?: string;
  readonly kind?: 'fix-with-test' | 'rollback-plan' | 'detection-rule' | 'note';
  readonly why?: string;
  readonly reason?: string;
}

export interface RawCheck extends RawRespond {
  readonly role?: RawAct['role'];
  readonly repo: string;
  readonly build?: string;
  readonly runTests?: true;
  readonly timeout: string;
  readonly key?: readonly string[];
  readonly identity?: readonly string[];
  readonly trustedRoot?: string;
  readonly insecure?: true;
  readonly offline?: true;
}

export interface RawVerify extends RawRespond {
  readonly diagnosis: string;
  readonly least: string;
  readonly close?: true;
}

export interface RawTick extends RawRespond {
  readonly offline?: true;
  readonly every?: string;
}

export interface RawReport extends RawRespond {
  readonly since?: string;
  readonly markdown?: true;
}

export interface RawExport extends RawRespond {
  readonly defectdojo?: true;
  readonly alertmanager?: true;
}

export function command(): Command {
  const respond = new Command('respond').description(
    'Who owes what by when for a finding, and whether it was done: clocks, proofs, reminders.',
  );
  for (const one of [...looking(), ...acting(), ...running()]) respond.addCommand(one);
  return respond.addHelpText(
    'after',
    `
Examples:
  hemostat diagnose --pid 4711 --json >found.json
  hemostat guard respond open found.json       clocks start
  hemostat guard respond list                  who owes what by when
  hemostat guard respond ack 4f1c --role development
  hemostat guard respond attach 4f1c 9fceb02   a commit; the role follows from its kind
  hemostat guard respond check 4f1c --run-tests
  hemostat guard respond verify 4f1c --diagnosis after.json --close
  * * * * * hemostat guard respond tick        in a crontab: reminders

Incidents are in a journal in --dir; what is asked is in a matrix (docs/respond.md).`,
  );
}

function sub(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--dir <directory>', 'where the journal is', '.hemostat/respond')
    .option('--matrix <file>', 'who owes what (default: matrix.yaml in --dir, or else what is built in)')
    .option('--json', 'print JSON');
}

function writing(name: string, description: string): Command {
  return sub(name, description).option('--by <name>', 'who does it (default: your login)');
}

const roleOption = (says: string): Option =>
  new Option('--role <role>', says).choices(['development', 'operations', 'security']);

function looking(): Command[] {
  return [
    sub('list', 'Lists open incidents: what is most overdue first.')
      .option('--all', 'closed ones, too')
      .action(async (raw: RawRespond & { readonly all?: true }) => (await import('./guard-respond-look.ts')).list(raw)),
    sub('show', 'Shows one incident: its clocks, its answers, what happened.')
      .argument('<id>', 'the incident, or the beginning of its id')
      .action(async (id: string, raw: RawRespond) => (await import('./guard-respond-look.ts')).show(id, raw)),
    sub('matrix', 'Checks the matrix and says what it asks.')
      .option('--print', 'print the file that counts, to be changed and given back')
      .action(async (raw: RawRespond & { readonly print?: true }) =>
        (await import('./guard-respond-look.ts')).matrix(raw),
      ),
    sub('report', 'Median and p90 of the time to acknowledge, mitigate and resolve, per kind and role.')
      .option('--since <time>', 'only what was found from then on: 2026-11-01, or 30d for the last thirty days')
      .option('--markdown', 'print a table in Markdown')
      .action(async (raw: RawReport) => (await import('./guard-respond-look.ts')).report(raw)),
    sub('export', 'Writes the incidents in a form of others.')
      .option('--defectdojo', 'JSON for DefectDojo’s "Generic Findings Import"')
      .option('--alertmanager', 'JSON for Alertmanager’s /api/v2/alerts')
      .action(async (raw: RawExport) => (await import('./guard-respond-look.ts')).exportAs(raw)),
  ];
}

function acting(): Command[] {
  const one = (command: Command): Command => command.argument('<id>', 'the incident, or the beginning of its id');
  return [
    writing('open', 'Opens incidents for the findings of a diagnosis, a report of guard or the gate, or watch.')
      .argument('<file>', 'what --json printed, or /api/findings/ID of watch; - reads it from standard input')
      .addOption(
        new Option('--severity <severity>', 'from this on')
          .choices(['critical', 'high', 'medium', 'low', 'info'])
          .default('high'),
      )
      .addOption(
        new Option('--verdict <verdict>', 'at least so sure')
          .choices(['proven', 'confirmed', 'suspected'])
          .default('confirmed'),
      )
      .action(async (file: string, raw: RawOpen) => (await import('./guard-respond-open.ts')).open(file, raw)),
    one(writing('ack', 'Says that a role has seen it.'))
      .addOption(roleOption('who has (default: the only one that owes it)'))
      .option('--note <text>', 'a sentence')
      .action(async (id: string, raw: RawAct) => (await import('./guard-respond-act.ts')).acknowledge(id, raw)),
    one(writing('attach', 'Attaches an answer: a commit, a plan, a rule, a note.'))
      .argument('<reference>', 'a commit, a file, an address')
      .addOption(roleOption('whose answer (default: who owes one of this kind)'))
      .addOption(
        new Option('--kind <kind>', 'what it is (default: what the role owes)').choices([
          'fix-with-test',
          'rollback-plan',
          'detection-rule',
          'note',
        ]),
      )
      .option('--note <text>', 'a sentence')
      .action(async (id: string, reference: string, raw: RawAct) =>
        (await import('./guard-respond-act.ts')).attach(id, reference, raw),
      ),
    one(writing('check', 'Checks the answers that are attached.'))
      .addOption(roleOption('only answers of this role'))
      .option('--repo <directory>', 'the git repository of commits', '.')
      .option('--build <commit>', 'the commit of the build in which it was found: a fix comes after it')
      .option('--run-tests', 'run the tests of a fix without and with it (go test runs code of the repository)')
      .option('--timeout <duration>', 'for each of the two runs', '5m')
      .option('--key <file...>', 'public keys whose signatures of a rollback’s digest count')
      .option('--identity <issuer=subject...>', 'keyless signers that count; needs --trusted-root')
      .option('--trusted-root <file>', 'a sigstore trusted_root.json')
      .option('--insecure', 'plain HTTP to a registry that is not on this machine')
      .option('--offline', 'no network; what would need it is not checked, which is not passed')
      .addHelpText('after', '\nExit codes: 0 all passed, 1 refused, 2 wrong usage, 3 something could not be checked.')
      .action(async (id: string, raw: RawCheck) => (await import('./guard-respond-check.ts')).check(id, raw)),
    one(writing('verify', 'Says by a later diagnosis whether the finding is gone.'))
      .requiredOption('--diagnosis <file>', 'what hemostat diagnose --json printed of the service as it runs now')
      .option('--least <duration>', 'to be watched where it is not known how long it took to find it', '10m')
      .option('--close', 'close the incident where nothing else is owed')
      .addHelpText('after', '\nExit codes: 0 flat, 1 not flat, 2 wrong usage, 3 the diagnosis cannot show it.')
      .action(async (id: string, raw: RawVerify) => (await import('./guard-respond-check.ts')).verify(id, raw)),
    one(writing('pause', 'Stops clocks, for as long as the matrix lets them.'))
      .addOption(roleOption('only of this role'))
      .requiredOption('--why <text>', 'what is waited for')
      .action(async (id: string, raw: RawAct) => (await import('./guard-respond-act.ts')).pause(id, raw)),
    one(writing('resume', 'Lets clocks go on.'))
      .addOption(roleOption('only of this role'))
      .action(async (id: string, raw: RawAct) => (await import('./guard-respond-act.ts')).resume(id, raw)),
    one(writing('close', 'Closes an incident.'))
      .option('--reason <text>', 'why it is closed though something is still owed')
      .action(async (id: string, raw: RawAct) => (await import('./guard-respond-act.ts')).close(id, raw)),
  ];
}

function running(): Command[] {
  return [
    sub('tick', 'Sends the reminders that are due, once; for cron.')
      .option('--offline', 'send nothing over the network')
      .addHelpText(
        'after',
        '\nWithout receivers, reminders are printed: cron mails them.\nExit codes: 0 done, 2 wrong usage, 3 a receiver could not be told (tried again by the next tick).',
      )
      .action(async (raw: RawTick) => (await import('./guard-respond-tick.ts')).once(raw)),
    sub('run', 'Sends reminders as they become due, until it is interrupted.')
      .option('--every <duration>', 'how often it looks', '15s')
      .option('--offline', 'send nothing over the network')
      .action(async (raw: RawTick) => (await import('./guard-respond-tick.ts')).run(raw)),
  ];
}
