import { describe, expect, test } from 'vitest';
import { constraintHolds, constraintOf, nameHolds, type Platform, toolTags } from './constraint.ts';

const LINUX: Platform = {
  goos: 'linux',
  goarch: 'amd64',
  cgo: true,
  tags: new Set([...toolTags('linux', 'amd64', 26), 'custom']),
};

test.each([
  ['linux', true],
  ['linux && amd64', true],
  ['!linux || custom', true],
  ['unix && !(windows || darwin)', true],
  ['linux && (arm64 || s390x)', false],
  ['windows || linux && !cgo', false],
  ['(windows || linux) && cgo', true],
  ['gc && go1.26 && !go1.27', true],
  ['goexperiment.dwarf5 && amd64.v1', true],
  ['ignore', false],
])('//go:build %s', (expression, holds) => {
  expect(constraintHolds(`//go:build ${expression}`, LINUX)).toBe(holds);
});

test.each(['', 'linux &&', '&& linux', '(linux', 'linux)', 'linux darwin', '!', 'a | b', 'a && "b"'])(
  '%j is no expression',
  (expression) => {
    expect(constraintHolds(`//go:build ${expression}`, LINUX)).toBeNull();
  },
);

test('100,000 parentheses are no trouble', () => {
  const deep = `${'('.repeat(1e5)}linux${')'.repeat(1e5)}`;
  expect(constraintHolds(`//go:build ${deep}`, LINUX)).toBe(true);
});

test.each([
  ['// +build linux,amd64 windows', true],
  ['// +build linux,!cgo windows', false],
  ['// +build !windows', true],
  ['// +build linux\n// +build arm64', false],
])('%j', (lines, holds) => {
  expect(constraintHolds(lines, LINUX)).toBe(holds);
});

test.each([
  ['x.go', true],
  ['linux.go', true],
  ['x_linux.go', true],
  ['x_windows.go', false],
  ['x_windows_test.go', false],
  ['x_linux_amd64.go', true],
  ['x_linux_arm64.go', false],
  ['x_amd64_test.go', true],
  ['windows_x.go', true],
  ['x_windows.gen.go', false],
  ['x_unix.go', true],
  ['amd64_test.go', true],
  ['_windows.go', false],
])('file name %s', (name, holds) => {
  expect(nameHolds(name, LINUX)).toBe(holds);
});

test('android is linux, too; ios is darwin; illumos is solaris', () => {
  const at = (goos: string): Platform => ({ ...LINUX, goos });
  expect(nameHolds('x_linux.go', at('android'))).toBe(true);
  expect(nameHolds('x_darwin.go', at('ios'))).toBe(true);
  expect(constraintHolds('//go:build solaris', at('illumos'))).toBe(true);
  expect(nameHolds('x_android.go', LINUX)).toBe(false);
});

describe('where a constraint stands', () => {
  test('//go:build wins over +build', () => {
    expect(constraintOf('// +build windows\n\n//go:build linux\n\n')).toBe('//go:build linux');
  });
  test('+build needs a blank line before the package clause', () => {
    expect(constraintOf('// Copyright\n\n// +build windows\n')).toBe('');
    expect(constraintOf('// Copyright\n\n// +build windows\n\n// Package x\n')).toBe('// +build windows');
  });
  test('not within a general comment', () => {
    expect(constraintOf('/*\n//go:build windows\n*/\n')).toBe('');
    expect(constraintOf('/* licence */\n//go:build windows\n')).toBe('//go:build windows');
  });
  test('//go:builder is none', () => {
    expect(constraintOf('//go:builder windows\n\n')).toBe('');
  });
});
