/** The section in which a table is pasted or dropped, scored, and downloaded. */
import { RequestError } from './api.ts';
import { decodeText } from './csv.ts';
import type { DeploymentDetails } from './data.ts';
import { formatCount } from './format.ts';
import { html, useEffect, useRef, useState, type VNode } from './html.ts';
import { readTable, scoreTable, TableError, type ScoredTable } from './score-table.ts';

/** A file of more characters is not shown in the text field. */
const MAX_SHOWN = 200_000;
const MAX_COLUMNS = 30;

/** The section. */
export function TableSection({ details }: { readonly details: DeploymentDetails }): VNode {
  const [text, setText] = useState('');
  const [file, setFile] = useState<{ readonly name: string; readonly text: string } | undefined>(undefined);
  const [problems, setProblems] = useState<readonly string[]>([]);
  const [status, setStatus] = useState('');
  const [progress, setProgress] = useState<readonly [number, number] | undefined>(undefined);
  const [scored, setScored] = useState<(ScoredTable & { readonly url: string; readonly fileName: string }) | undefined>(
    undefined,
  );
  const [isDisarmed, setDisarmed] = useState(false);
  const [isOver, setOver] = useState(false);
  const control = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => control.current?.abort(), []);
  useEffect(
    () => () => {
      if (scored) URL.revokeObjectURL(scored.url);
    },
    [scored],
  );

  const take = async (chosen: File | undefined): Promise<void> => {
    if (!chosen) return;
    const content = decodeText(new Uint8Array(await chosen.arrayBuffer()));
    setScored(undefined);
    setProblems([]);
    setStatus(`${chosen.name} is ready to be scored.`);
    setFile(content.length > MAX_SHOWN ? { name: chosen.name, text: content } : undefined);
    setText(content.length > MAX_SHOWN ? '' : content);
  };
  const run = async (): Promise<void> => {
    const { signal } = (control.current = new AbortController());
    const onProgress = (what: 'read' | 'scored', done: number, total: number) => {
      setProgress(what === 'read' ? [0, 1] : [done, total]);
      setStatus(
        what === 'read'
          ? `${formatCount(done)} rows read …`
          : `${formatCount(done)} of ${formatCount(total)} rows scored …`,
      );
    };
    setProblems([]);
    setScored(undefined);
    setProgress([0, 1]);
    setStatus('Reading …');
    try {
      const table = await readTable(details, file?.text ?? text, { signal, onProgress });
      const result = await scoreTable(details, table, isDisarmed, { signal, onProgress });
      setScored({
        ...result,
        url: URL.createObjectURL(result.csv),
        fileName: `${file?.name.replace(/\.[^.]*$/, '') ?? details.summary.id}-scored.csv`,
      });
      setStatus(`${formatCount(result.count)} rows scored.`);
    } catch (error) {
      setStatus(signal.aborted ? 'Cancelled. No scores were kept.' : '');
      if (!signal.aborted)
        setProblems(
          error instanceof TableError
            ? error.problems
            : [error instanceof RequestError ? error.message : 'The table could not be scored.'],
        );
    }
    setProgress(undefined);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer?.files[0]);
  };
  const over = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  return html`<section aria-labelledby="score-table">
    <h2 id="score-table">Score a table</h2>
    <div class=${`panel drop${isOver ? ' over' : ''}`} onDragEnter=${over} onDragOver=${over} onDragLeave=${() => setOver(false)} onDrop=${drop}>
      <p class="muted">Drop a CSV file here, choose one, or paste rows from a spreadsheet. The first line names the columns, in any order; other columns are kept.</p>
      <label for="table-text">Rows as CSV</label>
      <textarea id="table-text" rows="5" spellcheck=${false} value=${text} placeholder=${
        file
          ? `${file.name}, ${formatCount(file.text.length)} characters`
          : details.columns
              .slice(0, 8)
              .map(({ name }) => name)
              .join(',')
      }
        onInput=${(event: Event) => {
          setText((event.target as HTMLTextAreaElement).value);
          setFile(undefined);
        }}></textarea>
      <div class="actions">
        <label for="table-file">CSV file</label>
        <input id="table-file" type="file" accept=".csv,.tsv,.txt,text/csv,text/plain" onChange=${(event: Event) => void take((event.target as HTMLInputElement).files?.[0])} />
      </div>
      <div class="actions">
        <button type="button" class="primary" disabled=${progress !== undefined} onClick=${() => void run()}>Score the table</button>
        <label class="check"><input type="checkbox" checked=${isDisarmed} onChange=${(event: Event) => setDisarmed((event.target as HTMLInputElement).checked)} /> For spreadsheets: put ' before texts that begin with = + - @</label>
      </div>
      ${progress && html`<div class="actions"><progress value=${progress[0]} max=${progress[1]} aria-label="Progress"></progress><button type="button" class="quiet" onClick=${() => control.current?.abort()}>Cancel</button></div>`}
      <p role="status">${status}</p>
      ${problems.length > 0 && html`<div class="problem" role="alert"><ul>${problems.map((problem) => html`<li>${problem}</li>`)}</ul></div>`}
      ${
        scored &&
        html`<p><a class="button primary" href=${scored.url} download=${scored.fileName}>Download scored CSV</a></p>
        <div class="scroll" tabindex="0" role="group" aria-label="The first scored rows"><table>
          <caption>The first ${scored.preview.length} of ${formatCount(scored.count)} rows</caption>
          <thead><tr>${toShown(scored.header).map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
          <tbody>${scored.preview.map((row) => html`<tr>${toShown(row).map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
        </table></div>`
      }
    </div>
  </section>`;
}

/** Of many columns, the last ones: the results are among them. */
function toShown(cells: readonly string[]): readonly string[] {
  return cells.length > MAX_COLUMNS ? ['…', ...cells.slice(-MAX_COLUMNS)] : cells;
}
