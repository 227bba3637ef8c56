/** The script of the starter application, which builds the form from form.json. */
export const APP_JS = `/**
 * Scores a row whenever a value changes. The columns and the URL are in form.json, so this file has nothing of the model in it.
 * Names and values are always set as text, never as HTML.
 */
const byId = (id) => document.getElementById(id);
const form = await (await fetch('form.json')).json();
/** Classes whose bars are shown; of more, the most probable. */
const MAX_BARS = 12;
/** Fields from which they can be found by name. */
const MANY_FIELDS = 30;
/** One function per field that returns its value. */
const readers = form.fields.map(addField);
let running = new AbortController();

document.title = form.title;
byId('title').textContent = form.title;
byId('description').textContent = form.description;
document.body.classList.toggle('wide', form.fields.length > MANY_FIELDS);
byId('find').hidden = form.fields.length <= MANY_FIELDS;
byId('find').addEventListener('input', find);
byId('form').addEventListener('input', score);
byId('form').addEventListener('submit', (event) => event.preventDefault());
await score();

/** Shows the fields whose names have the text in them. */
function find() {
  const text = byId('find').value.trim().toLowerCase();
  form.fields.forEach(({ name }, index) => {
    byId('form').children[index].hidden = !name.toLowerCase().includes(text);
  });
}

/** Scores the row of the form; an answer that is outdated when it arrives is dropped. */
async function score() {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  try {
    const response = await fetch(form.scoring, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify({ fields: form.fields.map(({ name }) => name), values: [readers.map((read) => read())] }),
      signal,
    });
    const answer = await response.json();
    if (signal.aborted) return;
    if (response.ok) showAnswer(answer);
    else showProblem(answer.errors?.[0]?.message ?? 'The engine answered ' + response.status + '.');
  } catch {
    if (!signal.aborted) showProblem('The engine cannot be reached. Reload this page to try again.');
  }
}

function showAnswer({ fields, values }) {
  const [row] = values;
  const prediction = row[fields.indexOf(form.answer.prediction)];
  const probabilities = row[fields.indexOf(form.answer.probability)];
  byId('problem').textContent = '';
  byId('prediction').textContent =
    typeof prediction === 'number' ? prediction.toLocaleString('en', { maximumSignificantDigits: 6 }) : prediction;
  const classes = form.answer.classes && Array.isArray(probabilities) ? form.answer.classes : [];
  const bars = classes.map((label, index) => ({ label: String(label), probability: probabilities[index] }));
  const shown =
    bars.length > MAX_BARS ? bars.sort((a, b) => b.probability - a.probability).slice(0, MAX_BARS) : bars;
  byId('bars').replaceChildren(...shown.map(({ label, probability }) => makeBar(label, probability)));
  byId('others').textContent =
    shown.length < classes.length ? 'The ' + shown.length + ' most probable of ' + classes.length + ' classes.' : '';
}

function makeBar(label, probability) {
  const percent = (100 * probability).toFixed(1) + '%';
  const line = make('span', { className: 'bar' });
  line.append(make('span', { textContent: label }), make('span', { className: 'percent', textContent: percent }));
  const item = make('li');
  item.append(line, make('meter', { value: probability, ariaLabel: label + ': ' + percent }));
  return item;
}

function showProblem(message) {
  byId('prediction').textContent = '–';
  byId('bars').replaceChildren();
  byId('others').textContent = '';
  byId('problem').textContent = message;
}

/** Adds a field to the form, and returns the function that reads it. */
function addField(field, index) {
  const id = 'field-' + index;
  const inputs = make('div', { className: 'inputs' });
  const read = field.choices ? addChoice(field, id, inputs) : addInput(field, id, inputs);
  const box = make('div', { className: 'field' });
  box.append(make('label', { htmlFor: id, textContent: field.name }), inputs);
  byId('form').append(box);
  return read;
}

/** A list: the value of an option is its position, because choices may be texts, numbers or booleans; or any other value. */
function addChoice({ name, choices, other, nullable, value }, id, inputs) {
  const select = make('select', { id });
  if (nullable) select.append(make('option', { value: '', textContent: 'no value' }));
  choices.forEach((choice, at) => select.append(make('option', { value: String(at), textContent: String(choice) })));
  inputs.append(select);
  const start = choices.indexOf(value);
  select.value = start >= 0 ? String(start) : nullable ? '' : '0';
  const known = () => (select.value === '' ? null : choices[Number(select.value)]);
  if (!other) return known;
  select.append(make('option', { value: 'other', textContent: 'another value …' }));
  const input = make('input', { type: other, ariaLabel: name + ', another value' });
  if (other === 'number') input.step = 'any';
  if (start < 0 && value !== null) {
    select.value = 'other';
    input.value = value;
  }
  const show = () => (input.hidden = select.value !== 'other');
  select.addEventListener('input', show);
  show();
  inputs.append(input);
  const read = other === 'number' ? () => (input.value === '' ? null : Number(input.value)) : () => input.value;
  return () => (input.hidden ? known() : read());
}

/** A text or a number; a number whose range is known has a slider. */
function addInput({ name, type, nullable, min, max, step, value }, id, inputs) {
  const isNumber = type === 'number';
  const input = make('input', { id, type, value: value ?? '', required: !nullable });
  if (nullable) input.placeholder = 'no value';
  if (isNumber) input.step = 'any';
  if (min !== undefined) {
    const slider = make('input', { type: 'range', ariaLabel: name + ', slider' });
    Object.assign(slider, { min, max, step });
    slider.value = input.value === '' ? (min + max) / 2 : input.value;
    slider.addEventListener('input', () => (input.value = slider.value));
    input.addEventListener('input', () => input.value !== '' && (slider.value = input.value));
    inputs.append(slider);
  }
  inputs.append(input);
  if (!isNumber) return () => (input.value === '' && nullable ? null : input.value);
  return () => (input.value === '' ? null : Number(input.value));
}

function make(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}
`;
