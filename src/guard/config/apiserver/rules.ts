/** Rules about the command line of kube-apiserver. */
import type { GuardRule } from '../../finding.ts';

export const RUNTIME_CONFIG_TRAP: GuardRule = {
  id: 'config-apiserver-api-all-false',
  summary: 'kube-apiserver is told to serve no API but a few: core v1 and RBAC are gone, too.',
  severity: 'critical',
  fix: 'Use --runtime-config=api/alpha=false,api/beta=false, which turns off what is not stable and nothing else.',
};

export const APISERVER_OPEN: GuardRule = {
  id: 'config-apiserver-open',
  summary: 'kube-apiserver lets requests in without a good look at who sends them or what they may do.',
  severity: 'critical',
  fix: 'Set the flag as the finding says; kubeadm does so by default.',
};

export const APISERVER_HARDENING: GuardRule = {
  id: 'config-apiserver-hardening',
  summary: 'A flag of kube-apiserver is missing or weaker than it should be.',
  severity: 'medium',
  fix: 'Set the flag as the finding says.',
};

export const APISERVER_RULES: readonly GuardRule[] = [RUNTIME_CONFIG_TRAP, APISERVER_OPEN, APISERVER_HARDENING];
