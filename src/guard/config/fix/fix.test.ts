import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseDocument, stringify } from 'yaml';
import type { Finding } from '../../../findings/model.ts';
import { randomly } from '../../../testing/random.ts';
import { readManifests } from '../../manifests/read.ts';
import { checkWorkload } from '../workload/check.ts';
import { Pieces } from './pieces.ts';
import { planConfigFixes } from './plan.ts';
import { setValue, withValue } from './set-value.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hemostat-fix-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FILE = `# The shop.
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers:
        # The one that matters.
        - name: web   # first
          image: r/web:1
          env:
            - {name: GOMEMLIMIT, value: 1GiB}
          resources:
            limits:
              memory: 512Mi # measured

        - name: side
          securityContext: {readOnlyRootFilesystem: true}
          command:
            - sh
            - -c
            - |
              echo hello

# The end.
---
apiVersion: v1
kind: Pod
metadata:
  name: asked
spec:
  containers:
  - name: a
    securityContext:
      allowPrivilegeEscalation: true`;

async function fix(
  text: string | Buffer,
): Promise<{ after: string; left: string[]; skipped: string[]; fixed: number }> {
  const path = join(folder, 'm.yaml');
  writeFileSync(path, text);
  const check = async (): Promise<{
    findings: Finding[];
    objects: Awaited<ReturnType<typeof readManifests>>['objects'];
  }> => {
    const { objects, failures } = await readManifests(['m.yaml'], { cwd: folder });
    expect(failures).toEqual([]);
    return {
      objects,
      findings: objects.flatMap((object) =>
        checkWorkload(object, { writesNothing: new Set(['shop/Deployment/web#web']) }),
      ),
    };
  };
  const { findings, objects } = await check();
  const plan = await planConfigFixes(findings, objects, folder);
  for (const { path: name, before, after, edits } of plan.files) {
    // The edits say the same as the result.
    let at = 0;
    const pieces: Uint8Array[] = [];
    for (const { start, end, text: to } of edits) {
      pieces.push(before.subarray(at, start), Buffer.from(to));
      at = end;
    }
    expect(Buffer.concat([...pieces, before.subarray(at)]).equals(after)).toBe(true);
    writeFileSync(name, after);
  }
  const left = (await check()).findings.map(
    ({ rule, subject }) => `${rule.replace('config-', '')} ${subject.instance}`,
  );
  return {
    after: readFileSync(path, 'utf8'),
    left,
    skipped: plan.skipped.map(({ why }) => why),
    fixed: plan.fixed.length,
  };
}

const FIXABLE = /privilege-escalation|seccomp|gomemlimit|root-filesystem-writable .*#container\/web/;

describe('--fix', () => {
  it('changes the lines that it means, and then the rules are silent', async () => {
    const { after, left, skipped } = await fix(FILE);
    expect(skipped).toEqual([]);
    expect(left.filter((one) => FIXABLE.test(one))).toEqual([
      'privilege-escalation-allowed Pod/default/asked#container/a',
    ]);
    expect(after).toBe(`# The shop.
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers:
        # The one that matters.
        - name: web   # first
          image: r/web:1
          env:
            - {name: GOMEMLIMIT, value: "460MiB"}
          resources:
            limits:
              memory: 512Mi # measured
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true

        - name: side
          securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true}
          command:
            - sh
            - -c
            - |
              echo hello
      securityContext:
        seccompProfile:
          type: RuntimeDefault

# The end.
---
apiVersion: v1
kind: Pod
metadata:
  name: asked
spec:
  containers:
  - name: a
    securityContext:
      allowPrivilegeEscalation: true
  securityContext:
    seccompProfile:
      type: RuntimeDefault`);
  });

  it('keeps CRLF, a byte order mark and letters of more than a byte', async () => {
    const text = `\uFEFF${FILE.replaceAll('\n', '\r\n').replace('The shop', 'Der Laden für Ökö 🛒')}`;
    const { after } = await fix(text);
    expect(after.startsWith('\uFEFF# Der Laden für Ökö 🛒.\r\n')).toBe(true);
    expect(after).not.toMatch(/[^\r]\n/);
    expect(after).toContain('            allowPrivilegeEscalation: false\r\n');
  });

  it('fixes JSON as JSON', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'a', securityContext: {} }] },
    };
    const { after, left } = await fix(JSON.stringify(pod, null, 2));
    expect(JSON.parse(after)).toEqual({
      ...pod,
      spec: {
        securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
        containers: [{ name: 'a', securityContext: { allowPrivilegeEscalation: false } }],
      },
    });
    expect(left.filter((one) => FIXABLE.test(one))).toEqual([]);
  });

  it('leaves alone what is shared, rendered, or not UTF-8', async () => {
    const shared = `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nx: &c\n  runAsUser: 1\nspec:\n  securityContext: {seccompProfile: {type: RuntimeDefault}}\n  containers:\n  - name: a\n    securityContext: *c\n  - name: b\n    securityContext: *c\n`;
    expect(await fix(shared)).toMatchObject({
      after: shared,
      fixed: 0,
      skipped: ['the value is shared by an anchor', 'the value is shared by an anchor'],
    });
    const rendered = `# Source: shop/templates/p.yaml\n${FILE.slice(FILE.indexOf('apiVersion: v1'))}`;
    expect(await fix(rendered)).toMatchObject({
      after: rendered,
      skipped: [expect.stringContaining('shop/templates/p.yaml')],
    });
    expect((await fix(Buffer.from(FILE, 'utf16le'))).skipped).toContain('the file is not in UTF-8');
  });
});

describe('setValue', () => {
  it('leaves a document alone that would take it minutes', () => {
    const text = `spec: {hostIPC: true}\ndata:\n${'  - x\n'.repeat(30_000)}`;
    expect(setValue(text, ['spec', 'hostIPC'], false)).toBe('the document is larger than 128 KiB: split it');
  });

  const random = randomly(7);

  it('makes of any layout a document that is the same but for the value', () => {
    let changed = 0;
    for (let i = 0; i < 300; i++) {
      const value = grow(0);
      const path = Array.from({ length: 1 + random(4) }, (_, depth) =>
        depth > 0 && random(3) === 0 ? random(2) : `k${random(4)}`,
      );
      const styled = stringify(
        { first: 1, ...value },
        {
          indent: 2 + 2 * random(2),
          indentSeq: random(2) === 0,
          collectionStyle: random(4) === 0 ? 'flow' : 'any',
          lineWidth: 30 + random(60),
          defaultStringType: (['PLAIN', 'QUOTE_DOUBLE', 'BLOCK_LITERAL'] as const)[random(3)] ?? 'PLAIN',
        },
      );
      const text = styled
        .split('\n')
        .map((line) => (random(6) === 0 && /^\s*[a-z0-9]+: [a-z0-9]+$/.test(line) ? `${line} # why` : line))
        .join(random(4) === 0 ? '\r\n' : '\n');
      const read = parseDocument(text);
      // The writer makes some that its own reader refuses.
      if (read.errors.length > 0) continue;
      const before: unknown = read.toJS();
      const to = [true, 'RuntimeDefault', 5][random(3)] ?? true;
      const change = setValue(text, path, to);
      if (typeof change === 'string') continue;
      changed++;
      const after = text.slice(0, change.start) + change.text + text.slice(change.end);
      expect(parse(after), `${JSON.stringify(path)} in\n${text}\n=>\n${after}`).toEqual(withValue(before, path, to));
      // Comments are where they were.
      expect(after.match(/#.*/g)).toEqual(text.match(/#.*/g));
    }
    expect(changed).toBeGreaterThan(100);
  });

  function grow(depth: number): Record<string, unknown> {
    return Object.fromEntries(Array.from({ length: 1 + random(3) }, () => [`k${random(4)}`, leaf(depth)]));
  }

  function leaf(depth: number): unknown {
    const kind = random(depth > 3 ? 3 : 6);
    if (kind === 0) return 'some text that may be longer than a line is';
    if (kind === 1) return 'two\nlines\n';
    if (kind === 2) return random(100);
    if (kind === 3) return [leaf(depth + 1), grow(depth + 1)];
    return grow(depth + 1);
  }
});

it('remembers changes of changes', () => {
  const pieces = new Pieces('0123456789');
  pieces.replace(2, 4, 'abc');
  pieces.replace(3, 4, 'BB');
  pieces.replace(8, 8, '+');
  expect(pieces.text).toBe('01aBBc45+6789');
  expect(pieces.changes()).toEqual([
    { start: 2, end: 4, text: 'aBBc' },
    { start: 6, end: 6, text: '+' },
  ]);
});
