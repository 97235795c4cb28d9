/** Runs `hemostat guard admit`: from options to a server, from signals to its end. */

import { type AdmitConfig, readAdmitConfig } from '../guard/admit/config.ts';
import { describeAdmit } from '../guard/admit/describe.ts';
import { listenAddress } from '../guard/admit/settings.ts';
import { createLog } from '../watch/log.ts';
import { EXIT, UsageError } from './exit.ts';

interface Options {
  readonly config: string;
  readonly listen?: string;
  readonly checkConfig?: true;
}

export async function admit(options: Options): Promise<void> {
  if (options.listen !== undefined && !listenAddress.safeParse(options.listen).success)
    throw new UsageError(`--listen ${options.listen} is no address; write HOST:PORT, e.g. 127.0.0.1:8443`);
  const readConfig = (): AdmitConfig => {
    const read = readAdmitConfig(options.config);
    return options.listen === undefined ? read : { ...read, settings: { ...read.settings, listen: options.listen } };
  };
  const config = readConfig();
  if (options.checkConfig === true) {
    for (const line of describeAdmit(config)) process.stdout.write(`${line}\n`);
    for (const warning of config.warnings) process.stderr.write(`hemostat: ${warning}\n`);
    return;
  }
  const log = createLog('info', process.stderr.isTTY === true);
  for (const warning of config.warnings) log.warn(warning);
  const { startAdmit } = await import('../guard/admit/admit.ts');
  const ended = Promise.withResolvers<void>();
  let signals = 0;
  const onEnd = (): void => {
    if (++signals > 1) process.exit(130);
    ended.resolve();
  };
  process.on('SIGINT', onEnd);
  process.on('SIGTERM', onEnd);
  const running = await startAdmit(config, {
    env: process.env,
    say: (level, says) => log[level](says),
    readConfig,
  });
  const onHangUp = (): void => running.reload();
  process.on('SIGHUP', onHangUp);
  log.info(`reviews are answered at ${running.url}/validate, metrics at ${running.metricsUrl}/metrics`);
  await ended.promise;
  log.info('not ready from now on; what runs is finished');
  // Whatever hangs: it ends before the kubelet would kill it.
  const last = (config.settings['drain-seconds'] + config.settings['stop-seconds'] + 5) * 1000;
  setTimeout(() => process.exit(EXIT.ok), last).unref();
  await running.stop();
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, onEnd);
  process.off('SIGHUP', onHangUp);
}
