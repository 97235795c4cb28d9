import { createServer } from 'node:http';
import { IMAGE, IMAGE_DIGEST, IMAGE_MANIFEST, integrity, PACKAGE } from './plants.ts';

/** The registry of the self-test, on loopback: it serves the one package of `npmPlant` and the one image of `imagePlant`. */
export async function startRegistry(): Promise<{ readonly address: string; close(): Promise<void> }> {
  let address = '';
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    if (path === `/${PACKAGE}`) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(packument(address));
    } else if (path === '/v2/') {
      response.writeHead(200).end();
    } else if (path === `/v2/${IMAGE}/manifests/v1` || path === `/v2/${IMAGE}/manifests/${IMAGE_DIGEST}`) {
      const headers = {
        'content-type': 'application/vnd.oci.image.manifest.v1+json',
        'content-length': Buffer.byteLength(IMAGE_MANIFEST),
        'docker-content-digest': IMAGE_DIGEST,
      };
      response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : IMAGE_MANIFEST);
    } else {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    }
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(0, '127.0.0.1', done);
  });
  const at = server.address();
  address = `http://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`;
  return {
    address,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** The registry has other bytes than the lock file of `npmPlant` says. */
function packument(address: string): string {
  const dist = {
    tarball: `${address}/${PACKAGE}/-/${PACKAGE}-1.0.0.tgz`,
    integrity: integrity('what the registry has'),
    signatures: [],
  };
  const version = { name: PACKAGE, version: '1.0.0', dist };
  return JSON.stringify({ name: PACKAGE, 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } });
}
