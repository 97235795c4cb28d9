/**
 * Seccomp filters that baselines export, in a real container runtime: runc starts a real program under them, with and without
 * no_new_privs, as root and as another user, and what the profile does not know is refused or logged.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyProfile } from '../../src/guard/baseline/check.ts';
import { exportSeccomp } from '../../src/guard/baseline/export/seccomp.ts';
import { isRecord } from '../../src/guard/json/values.ts';
import { openChecks } from './checks.ts';

const KEY = { digest: `sha256:${'0'.repeat(64)}`, container: 'probe' };

/** A program of Go, as services are: threads, network poller, files, and two calls that no filter of it should allow. */
const PROBE = `package main

import (
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
)

func main() {
	var wait sync.WaitGroup
	for i := 0; i < 20; i++ {
		wait.Add(1)
		go func() { defer wait.Done(); os.ReadFile("/proc/self/status") }()
	}
	wait.Wait()
	if _, err := net.Listen("tcp", "127.0.0.1:0"); err != nil {
		fmt.Println("listen:", err)
	} else {
		fmt.Println("listen: allowed")
	}
	_, _, errno := syscall.RawSyscall(syscall.SYS_GETPRIORITY, 0, 0, 0)
	fmt.Println("getpriority:", errno == 0)
	_, _, errno = syscall.RawSyscall(syscall.SYS_CLONE, 0x10000000|uintptr(syscall.SIGCHLD), 0, 0)
	fmt.Println("clone(NEWUSER):", errno == syscall.EPERM)
}
`;

const checks = openChecks();
const dir = mkdtempSync(join(tmpdir(), 'hemostat-seccomp-'));
try {
  await run();
} finally {
  rmSync(dir, { recursive: true, force: true });
}
process.exitCode = checks.exitCode;

async function run(): Promise<void> {
  const missing = whyNot();
  if (missing !== '') {
    checks.skip('a container under an exported filter', missing);
    return;
  }
  mkdirSync(join(dir, 'rootfs'));
  writeFileSync(join(dir, 'probe.go'), PROBE);
  execFileSync('go', ['build', '-o', 'rootfs/probe', 'probe.go'], {
    cwd: dir,
    env: { ...process.env, CGO_ENABLED: '0' },
  });
  const known = ['socket', 'bind', 'listen', 'setsockopt', 'getsockname', 'sendto', 'recvfrom'];
  for (const noNewPrivileges of [true, false])
    for (const uid of [0, 1000]) {
      const how = `${noNewPrivileges ? 'with' : 'without'} no_new_privs, as ${uid === 0 ? 'root' : 'another user'}`;
      await checks.check(`runc starts a Go program under an enforced filter, ${how}`, () => {
        const output = start(filter(known, true), noNewPrivileges, uid);
        same(output, ['listen: allowed', 'getpriority: false', 'clone(NEWUSER): true']);
        return output.join(', ');
      });
    }
  await checks.check('what the profile does not know is refused', () => {
    const output = start(filter([], true), true, 0);
    if (!/listen: .*not permitted/.test(output.join())) throw new Error(`it was not: ${output.join(', ')}`);
    return output[0] ?? '';
  });
  await checks.check('without --enforce nothing is refused', () => {
    const output = start(filter([], false), true, 0);
    same(output.slice(0, 2), ['listen: allowed', 'getpriority: true']);
    return output.join(', ');
  });
}

function filter(known: readonly string[], enforce: boolean): unknown {
  const empty = emptyProfile(KEY, '', null);
  const learned = { ...empty.learned, ready: true };
  const profile = { ...empty, learned, known: Object.fromEntries(known.map((name) => [name, 'test'])) };
  return JSON.parse(exportSeccomp(profile, { enforce }).text);
}

/** Lines that the probe prints in a container under this filter. */
function start(seccomp: unknown, noNewPrivileges: boolean, uid: number): string[] {
  rmSync(join(dir, 'config.json'), { force: true });
  execFileSync('runc', ['spec'], { cwd: dir });
  const spec: unknown = JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8'));
  if (!isRecord(spec) || !isRecord(spec.process) || !isRecord(spec.linux))
    throw new Error('runc spec wrote no configuration');
  const changed = {
    ...spec,
    process: { ...spec.process, terminal: false, args: ['/probe'], noNewPrivileges, user: { uid, gid: uid } },
    linux: { ...spec.linux, seccomp },
  };
  writeFileSync(join(dir, 'config.json'), JSON.stringify(changed));
  const { status, stdout, stderr } = spawnSync(
    'runc',
    ['--root', join(dir, 'state'), 'run', `hemostat-${process.pid}`],
    { cwd: dir, encoding: 'utf8', timeout: 60_000 },
  );
  if (status !== 0) throw new Error(`runc ended with ${status}: ${stderr.trim().slice(-400)}`);
  return stdout.trim().split('\n');
}

function same(got: readonly string[], wanted: readonly string[]): void {
  if (got.join('\n') !== wanted.join('\n')) throw new Error(`got ${got.join(', ')}; wanted ${wanted.join(', ')}`);
}

function whyNot(): string {
  if (process.getuid?.() !== 0) return 'root is needed to start containers';
  for (const program of ['runc', 'go'])
    if (spawnSync(program, ['--version']).error !== undefined) return `${program} is not installed (make setup-run)`;
  return '';
}
