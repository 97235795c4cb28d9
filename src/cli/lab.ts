/** `hemostat lab list | run NAME`: the Go services that leak on purpose. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Command } from 'commander';

export function command(): Command {
  const lab = new Command('lab').description('Go services that leak (or are healthy) on purpose');
  lab
    .command('list')
    .description('what there is')
    .option('--json', 'print scenarios with what a correct diagnosis of each says')
    .action(async (options: { json?: boolean }) => {
      const { listScenarios } = await import('../collect/lab.ts');
      const scenarios = listScenarios();
      if (options.json === true) {
        process.stdout.write(`${JSON.stringify({ schema: 'hemostat/lab@1', scenarios }, null, 2)}\n`);
        return;
      }
      const rows = scenarios.map((s) => [s.name, s.kind, s.rows.join(' '), s.title]);
      process.stdout.write(table(['NAME', 'KIND', 'ROWS', 'TITLE'], rows));
    });
  lab
    .command('run')
    .description('build a service and run it in the foreground')
    .argument('<name>', 'a name from `hemostat lab list`')
    .argument('[flags...]', 'flags of the service, after --: -addr HOST:PORT -rate N -life 5m -seed N')
    .addHelpText('after', '\nExample:\n  hemostat lab run unbuffered-send -- -addr 127.0.0.1:6060 -life 2m')
    .action(run);
  // The root only reaches its own children; these must not end the process with commander's exit code either.
  for (const sub of lab.commands) sub.exitOverride();
  return lab;
}

async function run(name: string, flags: readonly string[]): Promise<void> {
  const { findScenario, prepareLab } = await import('../collect/lab.ts');
  findScenario(name);
  // The first build compiles net/http too, which can take a minute.
  if (process.stderr.isTTY) process.stderr.write(`building ${name} …\n`);
  const { scenario, argv, cwd } = await prepareLab(name);
  const [binary = '', ...fixed] = argv;
  process.stderr.write(`${scenario.name}: ${scenario.title}\n`);
  const child = spawn(binary, [...fixed, ...flags], { cwd, stdio: ['ignore', 'inherit', 'pipe'] });
  // A terminal sends Ctrl-C to both of us; `kill` reaches only this process and is handed on.
  const forward = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, forward);

  const lines = createInterface({ input: child.stderr });
  lines.on('line', (line) => {
    process.stderr.write(`${line}\n`);
    const url = /^listening on (http:\S+)$/.exec(line)?.[1];
    if (url !== undefined) {
      process.stderr.write(`\nTry in another terminal:  hemostat diagnose ${url} --window 20s\n`);
      process.stderr.write(`Its profiles:             ${url}/debug/pprof/\nCtrl-C ends it.\n\n`);
    }
  });
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    // 128 + signal number is what a shell would report; SIGKILL is the usual one (out of memory).
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 143)));
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, forward);
  process.exitCode = status;
}

/** Left-aligned columns two spaces apart; the last one is not padded. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  '))
    .map((line) => `${line}\n`)
    .join('');
}
