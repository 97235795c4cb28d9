/** Who answers for findings: the section `respond` → RespondSettings. */
import { ruleIds } from '../../findings/pages.ts';
import { GuardUsageError } from '../../guard/error.ts';
import { parseMatrix } from '../../guard/respond/matrix.ts';
import { type Matrix, ROLES, type Role } from '../../guard/respond/model.ts';
import type { RespondSettings } from '../respond/settings.ts';
import type { AlertsConfig } from './config.ts';
import type { References } from './credentials.ts';
import { defaultRespond } from './defaults.ts';
import type { RespondFileConfig } from './schema.ts';

const HOUR = 3_600_000;

export function buildRespond(
  file: RespondFileConfig | undefined,
  alerts: AlertsConfig,
  refs: References,
): RespondSettings {
  const usual = defaultRespond();
  const { enabled, matrix, min_severity, min_verdict, receivers, artefacts, run_tests, test_timeout, keys } =
    file ?? {};
  const names = alerts.receivers.map(({ name }) => name);
  const told = (role: Role): readonly string[] => {
    const given = receivers?.[role];
    for (const [index, name] of (given ?? []).entries())
      if (!names.includes(name))
        refs.wrong(['respond', 'receivers', role, index], `is ${name}, and alerts.receivers has none of that name`);
    return given ?? names.filter((name) => name === role);
  };
  return {
    enabled: enabled ?? usual.enabled,
    matrix: matrix === undefined ? usual.matrix : matrixOf(matrix, names, refs),
    minSeverity: min_severity ?? usual.minSeverity,
    minVerdict: min_verdict ?? usual.minVerdict,
    receivers: { development: told('development'), operations: told('operations'), security: told('security') },
    checks: {
      artefacts: artefacts === undefined ? null : refs.path(artefacts),
      runTests: run_tests ?? usual.checks.runTests,
      testTimeoutMs:
        test_timeout === undefined
          ? usual.checks.testTimeoutMs
          : refs.duration(test_timeout, ['respond', 'test_timeout'], 1000, HOUR),
      keys: (keys ?? []).map((key) => refs.path(key)),
      insecureRegistry: file?.insecure_registry ?? usual.checks.insecureRegistry,
    },
  };
}

/** Receivers of the matrix's own file are those of `hemostat guard respond`: here they stand under alerts. */
function matrixOf(path: string, names: readonly string[], refs: References): Matrix {
  const fallback = defaultRespond().matrix;
  const before = refs.mistakes.length;
  const text = refs.file(path, ['respond', 'matrix']);
  if (refs.mistakes.length > before) return fallback;
  try {
    const { matrix } = parseMatrix(text, refs.path(path), ruleIds(), names);
    const strange = new Set(matrix.escalation.flatMap(({ tell }) => tell).filter((name) => !isKnown(name, names)));
    for (const name of strange)
      refs.wrong(['respond', 'matrix'], `tells ${name}, and alerts.receivers has none of that name`);
    return matrix;
  } catch (error) {
    if (!(error instanceof GuardUsageError)) throw error;
    refs.wrong(['respond', 'matrix'], `cannot be used: ${error.message.replaceAll('\n', '; ')}`);
    return fallback;
  }
}

function isKnown(name: string, names: readonly string[]): boolean {
  return name === 'role' || ROLES.some((role) => role === name) || names.includes(name);
}
