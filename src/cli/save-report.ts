/** `--html FILE`: writes the report and says where, beside what the command prints. */
import type { ReportData } from '../watch/report/page.ts';

export async function saveReport(path: string, data: ReportData): Promise<void> {
  const { writeReport } = await import('../watch/report/write.ts');
  const { formatBytes } = await import('../findings/units.ts');
  const { HOME } = await import('./version.ts');
  const { bytes } = await writeReport(HOME, path, data);
  process.stderr.write(`report written to ${path} (${formatBytes(bytes)}); open it in a browser\n`);
}
