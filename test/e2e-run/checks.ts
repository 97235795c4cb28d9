/** The lines that a script of `make e2e-run` prints, one a check: run.ts counts them. */

/** What was seen, in a few words with its numbers; shown beside the name. */
type Seen = string;

export interface Checks {
  /** Fails where `run` throws; the others go on. Gives whether it held. */
  check(name: string, run: () => Promise<Seen> | Seen): Promise<boolean>;
  /** A part is missing: neither passed nor failed, and said. */
  skip(name: string, why: string): void;
  /** Exit code of the script. */
  readonly exitCode: number;
}

export function openChecks(): Checks {
  let failed = 0;
  let tried = 0;
  return {
    async check(name, run) {
      tried++;
      const began = performance.now();
      try {
        const seen = await run();
        const seconds = ((performance.now() - began) / 1000).toFixed(1);
        print('ok  ', name, `${seen}${seen === '' ? '' : '; '}${seconds} s`);
        return true;
      } catch (error) {
        failed++;
        print('FAIL', name, error instanceof Error ? error.message : String(error));
        return false;
      }
    },
    skip(name, why) {
      tried++;
      print('skip', name, why);
    },
    get exitCode() {
      // A script that tried nothing has shown nothing.
      return failed === 0 && tried > 0 ? 0 : 1;
    },
  };
}

function print(outcome: string, name: string, says: string): void {
  const [first = '', ...more] = says.split('\n');
  process.stdout.write(`${outcome} ${name}${first === '' ? '' : `: ${first}`}\n`);
  for (const line of more) process.stdout.write(`       ${line}\n`);
}
