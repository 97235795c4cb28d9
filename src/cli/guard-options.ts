/** Options that every part of guard and the gate have. Loads nothing but commander: start-up is part of the product. */
import { Command, Option } from 'commander';

/** As commander gives them. */
export interface RawGuardOptions {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly sarif?: string;
  readonly markdown?: string;
  readonly github?: boolean;
  readonly failOn?: 'critical' | 'high' | 'medium' | 'low' | 'info' | 'never';
  readonly offline?: boolean;
  readonly config?: string | false;
  readonly baseline?: string | false;
}

/** A command of guard with what all have in common; its own arguments and options come on top. */
export function guardCommand(name: string, description: string): Command {
  return reportCommand(name, description)
    .option('--offline', 'no network; what would need it is said, and is not counted as checked')
    .option('--config <file>', 'the configuration (default: .hemostat.yaml here or above)')
    .option('--no-config', 'no configuration');
}

/** A command that prints a report of guard. */
export function reportCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--all', 'list what is otherwise only counted: below the limit, known, allowed')
    .option('--json', 'print JSON (docs/schema/guard.schema.json)')
    .option('--sarif <file>', 'write SARIF 2.1.0, for code scanning; - prints it')
    .option(
      '--markdown <file>',
      'write a summary in Markdown (appended to $GITHUB_STEP_SUMMARY where that is the file)',
    )
    .option('--github', 'print annotations for GitHub Actions')
    .addOption(
      new Option('--fail-on <severity>', 'exit 1 from this severity on (default: high)').choices([
        'critical',
        'high',
        'medium',
        'low',
        'info',
        'never',
      ]),
    );
}

/** Words separated by commas; may be given more than once. */
export function list(value: string, before: readonly string[] = []): string[] {
  const items = value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return [...before, ...items];
}

export const EXIT_CODES =
  'Exit codes: 0 passed, 1 findings that block, 2 wrong usage, 3 something could\nnot be read or reached, so that nothing can pass.';
