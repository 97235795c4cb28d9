/**
 * The language server: findings when a Go file is opened or changed, and code actions for them. Documents are synced as a
 * whole: bytes are what is reviewed, and a file of 2,000 lines is 60 kB.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  CodeActionKind,
  createConnection,
  type Diagnostic,
  DiagnosticSeverity,
  DidChangeWatchedFilesNotification,
  type InitializeResult,
  MessageType,
  ShowMessageNotification,
  TextDocumentSyncKind,
} from 'vscode-languageserver/node';
import { PROJECT_FILE } from '../findings/project-file.ts';
import { createSession } from '../review/session.ts';
import { actionsFor, FIX_ALL } from './actions.ts';
import { diagnosticOf } from './diagnostics.ts';
import { Documents } from './documents.ts';
import { agree, type Encoding } from './positions.ts';
import { Project, rootOf } from './project.ts';

/** Serves one client until it says exit or goes away; the process ends with it. */
export function serve(input: NodeJS.ReadStream, output: NodeJS.WriteStream, version: string): void {
  const connection = createConnection(input, output);
  const projects = new Map<string, Project>();
  let encoding: Encoding = 'utf-16';
  let watches = false;
  /** The problem of a configuration that was told, by path: once is enough. */
  const told = new Map<string, string>();

  const projectOf = (path: string): Project => {
    const root = rootOf(path);
    const known = projects.get(root);
    if (known !== undefined) return known;
    const project = new Project(root, createSession);
    projects.set(root, project);
    return project;
  };

  const documents = new Documents({
    review: async (document, sources) => {
      const project = projectOf(document.path);
      const findings = await project.review(document.path, document.text, sources);
      tellConfiguration(project);
      return findings;
    },
    publish: (document, sources) => {
      const diagnostics = document.findings.map((finding) => diagnosticOf(finding, sources, encoding));
      quietly(connection.sendDiagnostics({ uri: document.uri, version: document.version, diagnostics }));
    },
    failed: (document, error) => {
      const why = error instanceof Error ? error.message : String(error);
      connection.console.error(`${document.path}: ${why}`);
    },
  });

  /** A mistake in the configuration is shown in it, and gone when it is. */
  const tellConfiguration = ({ configuration: { path, problem } }: Project): void => {
    if (path === null) return;
    const message = problem === null ? '' : problem.message;
    if ((told.get(path) ?? '') === message) return;
    told.set(path, message);
    const diagnostics: Diagnostic[] = [];
    if (problem !== null) {
      const at = { line: problem.line - 1, character: problem.column - 1 };
      diagnostics.push({
        range: { start: at, end: at },
        severity: DiagnosticSeverity.Error,
        source: 'hemostat',
        message,
      });
      const place = `${PROJECT_FILE}:${problem.line}:${problem.column}`;
      // A notification: the request of the same name waits for an answer, and not every client has one.
      quietly(
        connection.sendNotification(ShowMessageNotification.type, {
          type: MessageType.Warning,
          message: `hemostat: ${place}: ${message}; the defaults are used`,
        }),
      );
    }
    quietly(connection.sendDiagnostics({ uri: pathToFileURL(path).href, diagnostics }));
  };

  connection.onInitialize(({ capabilities }): InitializeResult => {
    encoding = agree(capabilities.general?.positionEncodings);
    watches = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    return {
      serverInfo: { name: 'hemostat', version },
      capabilities: {
        positionEncoding: encoding,
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Full, save: true },
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, FIX_ALL] },
      },
    };
  });

  connection.onInitialized(() => {
    if (!watches) return;
    const watchers = ['**/*.go', '**/go.mod', '**/go.work', `**/${PROJECT_FILE}`].map((globPattern) => ({
      globPattern,
    }));
    quietly(connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }));
  });

  connection.onDidOpenTextDocument(({ textDocument: { uri, version: number, text } }) => {
    const path = goFile(uri);
    if (path !== null) documents.open(uri, path, number, text);
  });
  connection.onDidChangeTextDocument(({ textDocument, contentChanges }) => {
    const last = contentChanges.at(-1);
    if (last !== undefined) documents.change(textDocument.uri, textDocument.version, last.text);
  });
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
    const document = documents.close(uri);
    if (document === undefined) return;
    projectOf(document.path).forget(document.path);
    quietly(connection.sendDiagnostics({ uri, diagnostics: [] }));
  });
  connection.onDidSaveTextDocument(({ textDocument: { uri } }) => {
    const path = goFile(uri);
    // Open files of packages that import it see the new one, and the first file of a directory makes it a package.
    if (path !== null) projectOf(path).forget(path);
    if (path !== null || uri.endsWith(`/${PROJECT_FILE}`)) documents.again();
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    for (const { uri } of changes) {
      const path = goFile(uri);
      // What is open counts as the editor has it.
      if (path !== null && documents.get(uri) === undefined) projectOf(path).forget(path);
    }
    documents.again();
  });

  connection.onCodeAction(({ textDocument, range, context }) => {
    const document = documents.get(textDocument.uri);
    // Actions for another text than the one that was reviewed would edit the wrong place.
    if (document === undefined || document.reviewed !== document.version) return [];
    return actionsFor(document.findings, range, context.only, { sources: documents.sources(), encoding });
  });

  connection.onShutdown(async () => {
    documents.stop();
    await Promise.all([...projects.values()].map((project) => project.close()));
  });
  connection.listen();
}

/** A client that went away, or cannot do what was asked, is no reason to end: what it sends next is served. */
function quietly(sent: Promise<unknown>): void {
  sent.catch(() => {});
}

/** The path of a Go file; null for other files and for what is not on this machine's disk. */
function goFile(uri: string): string | null {
  if (!uri.startsWith('file:') || !uri.endsWith('.go')) return null;
  try {
    return fileURLToPath(uri);
  } catch {
    return null;
  }
}
