/** A field of the form, made from a column of the schema. */
import { findCategory, type CellText } from './cells.ts';
import type { ColumnData, DeploymentDetails } from './data.ts';
import { formatNumber } from './format.ts';
import { html, useState, type VNode } from './html.ts';
import { isNumeric, toSpan } from './variations.ts';

/** Categories up to which they are a list to choose from. */
const MAX_OPTIONS = 50;
/** Categories that a text field suggests. */
const MAX_SUGGESTIONS = 1000;
const NO_VALUE = '\u0000';
const ANOTHER = '\u0000another';
/** Characters from which a name may be cut, and is shown whole when it is pointed at. */
const LONG = 60;

interface FieldProperties {
  readonly id: string;
  readonly column: ColumnData;
  readonly text: CellText;
  readonly problem: string | undefined;
  readonly example: DeploymentDetails['example'];
  /** Whether the model rejects categories that it does not know. */
  readonly isRefusing: boolean;
  readonly onChange: (name: string, text: CellText) => void;
}

const read = (event: Event): string => (event.target as HTMLInputElement).value;

/** The label, the controls and the problem of a column. */
export function Field({ id, column, text, problem, example, isRefusing, onChange }: FieldProperties): VNode {
  const { name, nullable } = column;
  const change = (value: CellText) => onChange(name, value);
  const hint = problem ?? toHint(column, text, isRefusing);
  const own = {
    id,
    'aria-invalid': problem === undefined ? undefined : 'true',
    'aria-describedby': hint === undefined ? undefined : `${id}-hint`,
  };
  const isChosen = column.type === 'boolean' || (column.categories?.length ?? Infinity) <= MAX_OPTIONS;
  return html`<div class=${`field${problem === undefined ? '' : ' wrong'}`}>
    <div class="field-top">
      <label for=${id} class="name" title=${name.length > LONG ? name : undefined}>${name}</label>
      ${
        nullable &&
        !isChosen &&
        html`<label class="check"><input type="checkbox" aria-label=${`${name}, no value`} checked=${text === null}
        onChange=${(event: Event) => change((event.target as HTMLInputElement).checked ? null : toDefault(column, example))} /> no value</label>`
      }
    </div>
    ${isChosen ? html`<${Choice} own=${own} column=${column} text=${text} isRefusing=${isRefusing} onChange=${change} />` : isNumeric(column) ? html`<${NumberInputs} own=${own} column=${column} text=${text} example=${example} onChange=${change} />` : html`<${TextInput} own=${own} column=${column} text=${text} onChange=${change} />`}
    ${hint !== undefined && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
  </div>`;
}

function toDefault(column: ColumnData, example: DeploymentDetails['example']): string {
  if (!isNumeric(column)) return '';
  const [min, max] = toSpan(column, null, example);
  return String(column.type === 'double' ? Number(((min + max) / 2).toPrecision(4)) : Math.round((min + max) / 2));
}

function toHint(column: ColumnData, text: CellText, isRefusing: boolean): string | undefined {
  const { range, type, categories } = column;
  // An empty text is a category that the model does not know; an empty number is no value.
  if (text === null || (text.trim() === '' && !(categories && type === 'string'))) return undefined;
  if (range && (Number(text) < range[0] || Number(text) > range[1]))
    return `Outside the learned range: ${formatNumber(range[0], 6)} to ${formatNumber(range[1], 6)}.`;
  if (categories && findCategory(column, text) === undefined)
    return `The model does not know this category, and ${isRefusing ? 'rejects it' : 'scores it as unknown'}.`;
  return undefined;
}

interface InputProperties {
  readonly own: Readonly<Record<string, unknown>>;
  readonly column: ColumnData;
  readonly text: CellText;
  readonly onChange: (text: CellText) => void;
}

function Choice({
  own,
  column,
  text,
  isRefusing,
  onChange,
}: InputProperties & Pick<FieldProperties, 'isRefusing'>): VNode {
  const options = column.categories?.map(String) ?? ['true', 'false'];
  const canBeAnother = column.categories !== undefined && column.type !== 'boolean' && !isRefusing;
  const isUnknown = text !== null && !options.includes(text);
  // What is typed may be one of the options for a while.
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const isOther = isUnknown || (text !== null && typed === text);
  const choose = (event: Event) => {
    const value = read(event);
    setTyped(value === ANOTHER ? '' : undefined);
    onChange(value === NO_VALUE ? null : value === ANOTHER ? '' : value);
  };
  const type = (event: Event) => {
    setTyped(read(event));
    onChange(read(event));
  };
  return html`<select ...${own} value=${text === null ? NO_VALUE : isOther && canBeAnother ? ANOTHER : text} onChange=${choose}>
    ${(column.nullable || text === null) && html`<option value=${NO_VALUE} selected=${text === null}>no value</option>`}
    ${isOther && !canBeAnother && html`<option value=${text} selected>${text}</option>`}
    ${options.map((option) => html`<option value=${option} selected=${option === text && !isOther}>${option}</option>`)}
    ${canBeAnother && html`<option value=${ANOTHER} selected=${isOther}>another value …</option>`}
  </select>
  ${isOther && canBeAnother && html`<input type=${column.type === 'string' ? 'text' : 'number'} step="any" aria-label=${`${column.name}, another value`} value=${text} autocomplete="off" spellcheck=${false} onInput=${type} />`}`;
}

function NumberInputs({
  own,
  column,
  text,
  example,
  onChange,
}: InputProperties & Pick<FieldProperties, 'example'>): VNode {
  const [min, max] = column.range ?? toSpan(column, null, example);
  const step = column.type === 'double' ? toStep(max - min) : 1;
  return html`<div class="pair">
    <input type="range" aria-label=${`${column.name}, slider`} min=${min} max=${max} step=${column.type === 'double' ? 'any' : step}
      value=${text ?? (min + max) / 2} disabled=${text === null} onKeyDown=${(event: KeyboardEvent) => nudge(event, min, max, step, text, onChange)}
      onInput=${(event: Event) => onChange(toRounded(read(event), step, min, max))} />
    <input ...${own} type="number" step="any" inputmode="decimal" value=${text ?? ''} placeholder=${column.nullable ? 'no value' : undefined}
      onInput=${(event: Event) => onChange(read(event))} />
  </div>`;
}

/** The slider has any value, so that both ends can be reached; its keys move by steps. */
function nudge(
  event: KeyboardEvent,
  min: number,
  max: number,
  step: number,
  text: CellText,
  onChange: (text: string) => void,
): void {
  const moves: Record<string, number> = {
    ArrowRight: 1,
    ArrowUp: 1,
    ArrowLeft: -1,
    ArrowDown: -1,
    PageUp: 10,
    PageDown: -10,
  };
  const move = moves[event.key];
  if (move === undefined || text === null) return;
  event.preventDefault();
  const next = Math.min(max, Math.max(min, Number(text) + move * step));
  onChange(toRounded(String(next), step, min, max));
}

function toStep(width: number): number {
  return 10 ** Math.floor(Math.log10(width > 0 ? width / 50 : 1));
}

function toRounded(text: string, step: number, min: number, max: number): string {
  const value = Number(text);
  if (value <= min) return String(min);
  if (value >= max) return String(max);
  return String(Number((Math.round(value / step) * step).toPrecision(12)));
}

function TextInput({ own, column, text, onChange }: InputProperties): VNode {
  const list = column.categories && `${String(own['id'])}-list`;
  const isDate = column.isDate && (text === null || text === '' || /^\d{4}-\d{2}-\d{2}$/.test(text));
  return html`<input ...${own} type=${isDate ? 'date' : 'text'} list=${list} value=${text ?? ''} placeholder=${text === null ? 'no value' : undefined} autocomplete="off" spellcheck=${false}
      onInput=${(event: Event) => onChange(read(event))} />
    ${column.categories && html`<datalist id=${list}>${column.categories.slice(0, MAX_SUGGESTIONS).map((one) => html`<option value=${String(one)}></option>`)}</datalist>`}`;
}
