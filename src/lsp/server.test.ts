/** The real server over stdio, talked to by the protocol's own client library. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  type CodeAction,
  CodeActionRequest,
  createProtocolConnection,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidChangeWatchedFilesNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DidSaveTextDocumentNotification,
  ExitNotification,
  FileChangeType,
  type FileEvent,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  ShowMessageNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type TextEdit,
} from 'vscode-languageserver/node';

const HEMOSTAT = join(import.meta.dirname, '..', '..', 'bin', 'hemostat');
const dir = realpathSync(mkdtempSync(join(tmpdir(), 'hemostat-lsp-')));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const clients: Client[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.kill();
});

class Client {
  readonly child: ChildProcess;
  readonly connection: ProtocolConnection;
  readonly messages: string[] = [];
  initialized: InitializeResult | null = null;
  readonly #published: PublishDiagnosticsParams[] = [];
  #waiting: (() => void)[] = [];

  constructor(cwd: string) {
    const env = { ...process.env, HEMOSTAT_CACHE: join(dir, 'cache') };
    this.child = spawn(HEMOSTAT, ['lsp', '--stdio'], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdin, stdout } = this.child;
    if (stdin === null || stdout === null) throw new Error('the pipes are there');
    this.connection = createProtocolConnection(new StreamMessageReader(stdout), new StreamMessageWriter(stdin));
    this.connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
      this.#published.push(params);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.connection.onNotification(ShowMessageNotification.type, ({ message }) => void this.messages.push(message));
    this.connection.listen();
    clients.push(this);
  }

  async start(encodings?: string[]): Promise<void> {
    this.initialized = await this.connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      rootUri: null,
      capabilities: encodings === undefined ? {} : { general: { positionEncodings: encodings } },
    });
    await this.connection.sendNotification(InitializedNotification.type, {});
  }

  open(path: string, text: string): Promise<void> {
    const textDocument = { uri: uriOf(path), languageId: 'go', version: 1, text };
    return this.connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
  }

  change(path: string, version: number, text: string): Promise<void> {
    const textDocument = { uri: uriOf(path), version };
    return this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument,
      contentChanges: [{ text }],
    });
  }

  /** What was published for a version of a file; waits for it. */
  async diagnostics(path: string, version?: number): Promise<Diagnostic[]> {
    for (;;) {
      const at = this.#published.findIndex((p) => p.uri === uriOf(path) && p.version === version);
      if (at >= 0) return this.#published.splice(at, 1)[0]?.diagnostics ?? [];
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
  }

  async actions(path: string, diagnostic: Diagnostic, only?: string[]): Promise<CodeAction[]> {
    const answer = await this.connection.sendRequest(CodeActionRequest.type, {
      textDocument: { uri: uriOf(path) },
      range: diagnostic.range,
      context: { diagnostics: [diagnostic], ...(only === undefined ? {} : { only }) },
    });
    return (answer ?? []).filter((action): action is CodeAction => 'edit' in action);
  }

  /** The exit code. */
  async stop(): Promise<number | null> {
    const ended = once(this.child, 'exit');
    await this.connection.sendRequest(ShutdownRequest.type);
    await this.connection.sendNotification(ExitNotification.type);
    await ended;
    return this.child.exitCode;
  }

  kill(): void {
    this.connection.dispose();
    this.child.kill('SIGKILL');
  }
}

function uriOf(path: string): string {
  return pathToFileURL(path).href;
}

let made = 0;
function project(files: Record<string, string>): string {
  const root = join(dir, `project ${made++}`);
  for (const [name, text] of Object.entries({ 'go.mod': 'module example.com/p\n\ngo 1.26\n', ...files })) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

/** The text after edits, in the encoding that was agreed on. */
function edited(text: string, edits: readonly TextEdit[], encoding: BufferEncoding): string {
  const lines = text.split('\n');
  const offset = ({ line, character }: { line: number; character: number }): number => {
    const before = lines.slice(0, line).reduce((sum, l) => sum + Buffer.byteLength(`${l}\n`, encoding), 0);
    return before + character * (encoding === 'utf16le' ? 2 : 1);
  };
  let bytes = Buffer.from(text, encoding);
  const fromEnd = [...edits].sort((a, b) => offset(b.range.start) - offset(a.range.start));
  for (const edit of fromEnd) {
    const parts = [
      bytes.subarray(0, offset(edit.range.start)),
      Buffer.from(edit.newText, encoding),
      bytes.subarray(offset(edit.range.end)),
    ];
    bytes = Buffer.concat(parts);
  }
  return bytes.toString(encoding);
}

/** The piece of a line that a diagnostic marks. */
function marked(text: string, { range }: Diagnostic, encoding: BufferEncoding): string {
  const width = encoding === 'utf16le' ? 2 : 1;
  const line = Buffer.from(text.split('\n')[range.start.line] ?? '', encoding);
  return line.subarray(range.start.character * width, range.end.character * width).toString(encoding);
}

const LEAK = `package p

import (
	"context"
	"errors"
)

func run(ctx context.Context, fail bool) error {
	println("größer als 5 €"); ctx, cancel := context.WithCancel(ctx)
	if fail {
		return errors.New("no")
	}
	<-ctx.Done()
	cancel()
	return nil
}
`;
const CLEAN = LEAK.replace('\t<-ctx.Done()\n\tcancel()\n', '').replace('\tif fail', '\tdefer cancel()\n\tif fail');

const BODY = `package p

import "net/http"

func fetch(url string) (int, error) {
	resp, err := http.Get(url)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, nil
}
`;

describe('hemostat lsp', () => {
  it('tells what it can do, and leaves when it is told', async () => {
    const client = new Client(project({}));
    await client.start();
    expect(client.initialized).toEqual({
      serverInfo: { name: 'hemostat', version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
      capabilities: {
        positionEncoding: 'utf-16',
        textDocumentSync: { openClose: true, change: 1, save: true },
        codeActionProvider: { codeActionKinds: ['quickfix', 'source.fixAll.hemostat'] },
      },
    });
    expect(await client.stop()).toBe(0);
  });

  it('leaves when the editor is gone', async () => {
    const client = new Client(project({}));
    await client.start();
    const ended = once(client.child, 'exit');
    client.child.stdin?.end();
    expect((await ended)[0]).toBe(1);
  });

  it.each([
    [undefined, 'utf16le'],
    [['utf-16'], 'utf16le'],
    [['utf-8', 'utf-16'], 'utf8'],
    [['utf-32'], 'utf16le'],
  ] as const)(
    'finds leaks in text that was never saved, with the client’s positions (%j)',
    async (offered, encoding) => {
      const root = project({ 'run.go': 'package p\n' });
      const path = join(root, 'run.go');
      const client = new Client(root);
      await client.start(offered === undefined ? undefined : [...offered]);
      await client.open(path, LEAK);
      const [diagnostic, ...more] = await client.diagnostics(path, 1);
      expect(more).toEqual([]);
      expect(diagnostic).toMatchObject({ source: 'hemostat', code: 'context-cancel-lost', severity: 1 });
      if (diagnostic === undefined) throw new Error('there is one');
      expect(marked(LEAK, diagnostic, encoding)).toBe('context.WithCancel(ctx)');
      expect(diagnostic.relatedInformation?.map(({ location }) => location.range.start.line)).toContain(10);

      await client.change(path, 2, CLEAN);
      expect(await client.diagnostics(path, 2)).toEqual([]);
      await client.change(path, 3, LEAK);
      expect(await client.diagnostics(path, 3)).toHaveLength(1);
      await client.connection.sendNotification(DidCloseTextDocumentNotification.type, {
        textDocument: { uri: uriOf(path) },
      });
      expect(await client.diagnostics(path)).toEqual([]);
      expect(await client.stop()).toBe(0);
    },
  );

  it('offers the fix, and a comment that silences; both do what they say', async () => {
    const root = project({ 'fetch.go': BODY });
    const path = join(root, 'fetch.go');
    const client = new Client(root);
    await client.start();
    await client.open(path, BODY);
    const [diagnostic] = await client.diagnostics(path, 1);
    if (diagnostic === undefined) throw new Error('there is one');
    const actions = await client.actions(path, diagnostic);
    expect(actions.map((action) => [action.kind, action.isPreferred])).toEqual([
      ['quickfix', true],
      ['quickfix', undefined],
    ]);
    const [fix, ignore] = actions.map((action) => edited(BODY, action.edit?.changes?.[uriOf(path)] ?? [], 'utf16le'));
    expect(fix).toContain('\t}\n\tdefer resp.Body.Close()\n');
    expect(ignore).toContain('\t//hemostat:ignore body-not-closed TODO: say why\n\tresp, err := http.Get(url)\n');

    const [all, ...others] = await client.actions(path, diagnostic, ['source.fixAll']);
    expect(others).toEqual([]);
    expect(edited(BODY, all?.edit?.changes?.[uriOf(path)] ?? [], 'utf16le')).toBe(fix);
    expect(await client.actions(path, diagnostic, ['refactor'])).toEqual([]);

    for (const [i, text] of [fix, ignore].entries()) {
      await client.change(path, i + 2, text ?? '');
      expect(await client.diagnostics(path, i + 2)).toEqual([]);
    }
  });

  it('reviews the first file of a directory once it is saved', async () => {
    const root = project({ 'run.go': CLEAN });
    const path = join(root, 'new', 'run.go');
    mkdirSync(join(root, 'new'));
    const client = new Client(root);
    await client.start();
    await client.open(path, LEAK);
    expect(await client.diagnostics(path, 1)).toEqual([]);
    writeFileSync(path, LEAK);
    const textDocument = { uri: uriOf(path) };
    await client.connection.sendNotification(DidSaveTextDocumentNotification.type, { textDocument });
    expect(await client.diagnostics(path, 1)).toMatchObject([{ code: 'context-cancel-lost' }]);
  });

  it('greys out a comment that silences nothing', async () => {
    const text = CLEAN.replace('\tif fail', '\t//hemostat:ignore context-cancel-lost not any more\n\tif fail');
    const root = project({ 'run.go': text });
    const path = join(root, 'run.go');
    const client = new Client(root);
    await client.start();
    await client.open(path, text);
    const [diagnostic] = await client.diagnostics(path, 1);
    expect(diagnostic).toMatchObject({ code: 'unused-suppression', severity: 4, tags: [1] });
    if (diagnostic === undefined) throw new Error('there is one');
    const [action] = await client.actions(path, diagnostic);
    expect(edited(text, action?.edit?.changes?.[uriOf(path)] ?? [], 'utf16le')).toBe(CLEAN);
  });

  it('follows the configuration, and says where it is wrong', async () => {
    const root = project({ 'run.go': LEAK, 'fetch.go': BODY, 'gen/run.go': LEAK });
    const [path, fetch, gen] = ['run.go', 'fetch.go', 'gen/run.go'].map((name) => join(root, name));
    const config = join(root, '.hemostat.yaml');
    if (path === undefined || fetch === undefined || gen === undefined) throw new Error('they are there');
    writeFileSync(
      config,
      'review:\n  rules:\n    context-cancel-lost: medium\n    body-not-closed: off\n  exclude: [gen]\n',
    );
    const client = new Client(root);
    await client.start();
    await client.open(path, LEAK);
    expect(await client.diagnostics(path, 1)).toMatchObject([{ code: 'context-cancel-lost', severity: 2 }]);
    await client.open(fetch, BODY);
    expect(await client.diagnostics(fetch, 1)).toEqual([]);
    await client.open(gen, LEAK);
    expect(await client.diagnostics(gen, 1)).toEqual([]);

    writeFileSync(config, 'review:\n  rules:\n    context-cancel-lost: sometimes\n');
    const changes: FileEvent[] = [{ uri: uriOf(config), type: FileChangeType.Changed }];
    await client.connection.sendNotification(DidChangeWatchedFilesNotification.type, { changes });
    expect(await client.diagnostics(config)).toMatchObject([
      {
        message: expect.stringContaining('must be one of off, low, medium, high'),
        range: { start: { line: 2, character: 25 } },
      },
    ]);
    // The defaults count then.
    expect(await client.diagnostics(fetch, 1)).toHaveLength(1);
    expect(client.messages).toEqual([expect.stringMatching(/^hemostat: \.hemostat\.yaml:3:26: /)]);
    writeFileSync(config, '');
    await client.connection.sendNotification(DidChangeWatchedFilesNotification.type, { changes });
    expect(await client.diagnostics(config)).toEqual([]);
  });

  it('takes every prefix of a file that is being typed, and what is no Go file', async () => {
    const root = project({ 'run.go': LEAK });
    const path = join(root, 'run.go');
    const client = new Client(root);
    await client.start();
    await client.open(join(root, 'notes.txt'), 'hello');
    await client.open(join(dir, 'no module', 'x.go'), LEAK);
    await client.open(path, '');
    expect(await client.diagnostics(path, 1)).toEqual([]);
    let version = 1;
    for (let end = 0; end < LEAK.length; end += 7) await client.change(path, ++version, LEAK.slice(0, end));
    await client.change(path, ++version, LEAK);
    expect(await client.diagnostics(path, version)).toHaveLength(1);
    expect(await client.stop()).toBe(0);
  });
});
