/** Known-bad input for the self-test of a gate: for each part what it must not let pass. */
import { createHash } from 'node:crypto';
import type { GatePart } from '../part.ts';

export interface Plant {
  readonly part: GatePart;
  /** `a deployment that …`, for sentences. */
  readonly what: string;
  /** Path from the root of the project, and its text. */
  readonly files: Readonly<Record<string, string>>;
  /** Settings that point the part at these files and nothing else; what they don't say is as the user has it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The rules that it is there for, where another one would block it as well. */
  readonly rules?: readonly string[];
  /** Whether it may ask (loopback only); otherwise it runs as with --offline. */
  readonly network: boolean;
}

const LEAKS = `package selftest

import (
	"context"
	"net/http"
	"time"
)

func body(url string) (int, error) {
	resp, err := http.Get(url)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, nil
}

func abandoned(work func() error) error {
	done := make(chan error)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-time.After(time.Second):
		return context.DeadlineExceeded
	}
}
`;

export const REVIEW_PLANT: Plant = {
  part: 'review',
  what: 'Go code with a response that is never closed and a goroutine that can never send',
  files: { 'go.mod': 'module example.com/selftest\n\ngo 1.24\n', 'leak.go': LEAKS },
  settings: { patterns: ['./...'] },
  network: false,
};

const h1 = (text: string): string => `h1:${createHash('sha256').update(text).digest('base64')}`;

export const GO_SUM_PLANT: Plant = {
  part: 'deps',
  what: 'a go.sum that pins one module to two different hashes',
  files: {
    'go.mod': 'module example.com/selftest\n\ngo 1.24\n\nrequire example.com/dependency v1.0.0\n',
    'go.sum': `example.com/dependency v1.0.0 ${h1('one')}\nexample.com/dependency v1.0.0 ${h1('other')}\n`,
  },
  settings: { 'lock-files': [], go: { files: ['go.sum'] } },
  network: false,
};

export const PACKAGE = 'hemostat-self-test';
export const integrity = (text: string): string => `sha512-${createHash('sha512').update(text).digest('base64')}`;

/** A lock file of which the registry at `address` says that its bytes are others. */
export function npmPlant(address: string): Plant {
  const lock = {
    name: 'selftest',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'selftest', version: '1.0.0', dependencies: { [PACKAGE]: '1.0.0' } },
      [`node_modules/${PACKAGE}`]: {
        version: '1.0.0',
        resolved: `${address}/${PACKAGE}/-/${PACKAGE}-1.0.0.tgz`,
        integrity: integrity('what somebody put into the lock file'),
      },
    },
  };
  return {
    part: 'deps',
    what: 'a package-lock.json with an integrity that its registry contradicts',
    files: { 'package-lock.json': `${JSON.stringify(lock, null, 2)}\n` },
    settings: {
      'lock-files': ['package-lock.json'],
      npm: { registries: { default: `${address}/` } },
      go: { files: [] },
    },
    network: true,
  };
}

const MANIFEST = `apiVersion: v1
kind: Pod
metadata: {name: selftest, namespace: selftest}
spec:
  serviceAccountName: selftest
  hostNetwork: true
  containers:
    - name: selftest
      image: selftest:latest
      securityContext: {privileged: true}
      volumeMounts: [{name: host, mountPath: /host}]
  volumes: [{name: host, hostPath: {path: /}}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: selftest, namespace: selftest}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: selftest}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: selftest, namespace: selftest}]
`;

export const CONFIG_PLANT: Plant = {
  part: 'config',
  what: 'a privileged pod on the host network whose ServiceAccount is cluster-admin',
  files: { 'deploy/selftest.yaml': MANIFEST },
  settings: { paths: ['deploy'], cluster: null, vault: [], 'vault-address': null, policies: [] },
  network: false,
};

/** Of the image that the registry of the self-test serves. */
export const IMAGE = 'selftest/image';
const CONFIG_BLOB = '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}';
const digest = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
export const IMAGE_MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: digest(CONFIG_BLOB),
    size: Buffer.byteLength(CONFIG_BLOB),
  },
  layers: [],
});
export const IMAGE_DIGEST = digest(IMAGE_MANIFEST);

/** An image with a critical vulnerability that has a fix; who signed it is not asked here, and nothing is written anywhere. */
export function imagePlant(address: string, now: Date): Plant {
  const ref = `${new URL(address).host}/${IMAGE}:v1`;
  const report = {
    SchemaVersion: 2,
    CreatedAt: now.toISOString(),
    ArtifactName: ref,
    ArtifactType: 'container_image',
    Metadata: { ImageID: digest(CONFIG_BLOB), RepoDigests: [`${new URL(address).host}/${IMAGE}@${IMAGE_DIGEST}`] },
    Results: [
      {
        Target: ref,
        Class: 'os-pkgs',
        Vulnerabilities: [
          {
            VulnerabilityID: 'CVE-0000-0000',
            PkgName: 'selftest',
            InstalledVersion: '1.0',
            FixedVersion: '1.1',
            Severity: 'CRITICAL',
          },
        ],
      },
    ],
  };
  return {
    part: 'image',
    what: 'an image with a critical vulnerability for which there is a fix',
    files: { 'trivy.json': JSON.stringify(report) },
    settings: { ref, reports: ['trivy.json'], require: ['trivy'], 'dry-run': true, signature: null, verdict: null },
    network: true,
  };
}

/** The same image for whoever demands a signature: it has none. */
export function unsignedPlant(address: string): Plant {
  const ref = `${new URL(address).host}/${IMAGE}:v1`;
  return {
    part: 'image',
    what: 'an image that nobody signed',
    files: {},
    rules: ['image-unsigned'],
    settings: { ref, reports: [], require: [], 'dry-run': true, verdict: null },
    network: true,
  };
}

const administrator = (i: number): string => `apiVersion: v1
kind: ServiceAccount
metadata: {name: selftest-${i}, namespace: selftest}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: selftest-${i}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: selftest-${i}, namespace: selftest}]
`;

/** As much more as no budget can mean to allow. */
export const SURFACE_PLANT: Plant = {
  part: 'surface',
  what: 'manifests that give the whole cluster to a thousand accounts more',
  files: {
    'before/selftest.yaml': administrator(1),
    'after/selftest.yaml': Array.from({ length: 1001 }, (_, i) => administrator(i + 1)).join('---\n'),
  },
  settings: { before: 'before', after: 'after', 'vault-before': [], 'vault-after': [] },
  network: false,
};
