import { escapeHtml, toNote } from '../html.ts';
import type { ReportInput, Section } from '../section.ts';
import { toTable } from '../table.ts';

/** The hyperparameters that were in effect, and the command. */
export function toSettingsSection({ result, command }: ReportInput): Section {
  const { hyperparameters, kind } = result;
  const rows = Object.entries(hyperparameters);
  const table =
    rows.length === 0
      ? `<p>The kind ${kind} has no hyperparameters.</p>`
      : toTable(
          `Hyperparameters of the kind ${kind}, as they were in effect`,
          [
            { head: 'name', cell: ([name]: [string, unknown]) => escapeHtml(name) },
            { head: 'value', cell: ([, value]) => escapeHtml(String(value)) },
          ],
          rows,
          { className: 'narrow' },
        );
  const html = `${table}<h3>Command</h3><pre>${escapeHtml(command)}</pre>${toNote('With the same file, options and version, the same model is learned.')}`;
  return { id: 'settings', title: 'Hyperparameters and command', html };
}
