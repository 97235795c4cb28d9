/**
 * A socket in the data directory, for whoever may write there: `hemostat watch --backup` asks the running server through
 * it, since only one process can have the history open.
 */
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join, relative } from 'node:path';
import { codeOf, messageOf, TargetError } from '../collect/error.ts';

/** Requests are one short line. */
const LONGEST = 64 << 10;
/** Longer paths do not fit into a socket address (108 bytes on Linux, 104 elsewhere). */
const LONGEST_PATH = 100;

function socketPath(dataDir: string): string | null {
  const path = join(dataDir, 'control.sock');
  const near = relative(process.cwd(), path);
  if (Buffer.byteLength(path) <= LONGEST_PATH) return path;
  return Buffer.byteLength(near) <= LONGEST_PATH ? near : null;
}

/** Serves requests until the function returned is called. Null where the directory has no place for a socket. */
export async function openControl(
  dataDir: string,
  backup: (dir: string) => Promise<void>,
): Promise<(() => void) | null> {
  const path = socketPath(dataDir);
  if (path === null) return null;
  // The store's lock is ours: whoever left this is gone.
  rmSync(path, { force: true });
  const server: Server = createServer((socket) => serve(socket, backup));
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
  } catch {
    return null; // a file system without sockets: backups have to wait for the server's end
  }
  server.unref();
  return () => {
    server.close();
    rmSync(path, { force: true });
  };
}

function serve(socket: Socket, backup: (dir: string) => Promise<void>): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > LONGEST) socket.destroy();
    const end = text.indexOf('\n');
    if (end < 0) return;
    socket.pause();
    const [verb, dir] = text.slice(0, end).split('\t');
    const done = verb === 'backup' && dir !== undefined ? backup(dir) : Promise.reject(new Error('unknown request'));
    done.then(
      () => socket.end('ok\n'),
      (error: unknown) => socket.end(`${messageOf(error).replaceAll('\n', ' ')}\n`),
    );
  });
}

/** True where a running server made the backup, false where none runs. Throws TargetError with what the server said. */
export async function requestBackup(dataDir: string, dir: string): Promise<boolean> {
  const path = socketPath(dataDir);
  if (path === null) return false;
  const answer = await new Promise<string | null>((resolve, reject) => {
    let text = '';
    const socket = connect(path, () => socket.write(`backup\t${dir}\n`));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text.trim()));
    socket.on('error', (error) => {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ECONNREFUSED') resolve(null);
      else reject(error);
    });
  });
  if (answer === null) return false;
  if (answer !== 'ok')
    throw new TargetError(answer === '' ? 'the server ended before the backup was complete' : answer);
  return true;
}
