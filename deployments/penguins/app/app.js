/**
 * Scores a penguin whenever a measurement changes, and draws it. Everything that comes from the engine is set as text, never as HTML.
 * The URL is relative, so that this works behind any prefix.
 */
const SCORING = '../../v1/deployments/penguins/online';

/** The columns of the model; those with a unit are measurements. */
const FIELDS = [
  { name: 'beak_length', label: 'Beak length', unit: 'mm', min: 32.1, max: 59.6, step: 0.1 },
  { name: 'beak_depth', label: 'Beak depth', unit: 'mm', min: 13.1, max: 21.5, step: 0.1 },
  { name: 'flipper_length', label: 'Flipper length', unit: 'mm', min: 172, max: 231, step: 1 },
  { name: 'body_mass', label: 'Body mass', unit: 'g', min: 2700, max: 6300, step: 25 },
  { name: 'island', label: 'Island', choices: ['Biscoe', 'Dream', 'Torgersen'] },
  { name: 'sex', label: 'Sex', choices: ['FEMALE', 'MALE', null] },
];

/** How a species looks, and a typical one of it: its values in the order of FIELDS. */
const SPECIES = {
  Adelie: { beak: [74, 52, 46], feet: [233, 160, 143], typical: [38.8, 18.4, 190, 3700, 'Torgersen', 'FEMALE'] },
  Chinstrap: { beak: [40, 40, 46], feet: [214, 138, 134], typical: [48.8, 18.4, 196, 3725, 'Dream', 'MALE'] },
  Gentoo: { beak: [240, 138, 36], feet: [244, 158, 60], typical: [47.5, 15, 217, 5075, 'Biscoe', 'MALE'] },
};

const byId = (id) => document.getElementById(id);
/** The value of each field, by its name. */
const values = {};
/** One function per field, which shows its value. */
const shows = FIELDS.map(addField);
let isScoring = false;
let isOutdated = false;

for (const [name, { typical }] of Object.entries(SPECIES)) {
  const button = make('button', { type: 'button', textContent: name });
  button.addEventListener('click', () => start(typical));
  byId('buttons').append(button);
}
byId('form').addEventListener('submit', (event) => event.preventDefault());
drawLook({ Adelie: 1 });
start(SPECIES.Adelie.typical);

function start(typical) {
  FIELDS.forEach(({ name }, index) => {
    values[name] = typical[index];
    shows[index]();
  });
  update();
}

function update() {
  drawShape();
  void score();
}

/** Scores what is shown; while an answer is awaited, only the last change is remembered. */
async function score() {
  isOutdated = true;
  if (isScoring) return;
  isScoring = true;
  while (isOutdated) {
    isOutdated = false;
    try {
      await scoreNow();
    } catch {
      showProblem('The engine cannot be reached. Move a slider to try again.');
    }
  }
  isScoring = false;
}

async function scoreNow() {
  const response = await fetch(SCORING, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify({ fields: FIELDS.map(({ name }) => name), values: [FIELDS.map(({ name }) => values[name])] }),
  });
  const answer = await response.json();
  if (!response.ok) return showProblem(answer.errors?.[0]?.message ?? `The engine answered ${response.status}.`);
  const [row] = answer.values;
  const prediction = String(row[answer.fields.indexOf('prediction')]);
  const probabilities = row[answer.fields.indexOf('probability')];
  showAnswer(prediction, Object.fromEntries(Object.keys(SPECIES).map((name, index) => [name, probabilities[index]])));
}

function showAnswer(prediction, probabilities) {
  byId('problem').textContent = '';
  if (byId('prediction').textContent !== prediction) byId('prediction').textContent = prediction;
  byId('prediction').dataset.species = prediction;
  if (!byId('bars').hasChildNodes()) byId('bars').append(...Object.keys(SPECIES).map(makeBar));
  for (const item of byId('bars').children) {
    const probability = probabilities[item.dataset.species];
    item.querySelector('output').textContent = `${(100 * probability).toFixed(1)}%`;
    item.querySelector('.fill').style.width = `${100 * probability}%`;
  }
  byId('penguin').setAttribute('aria-label', `A penguin with these measurements, which looks like ${prediction}`);
  drawLook(probabilities);
}

function makeBar(name) {
  const item = make('li');
  item.dataset.species = name;
  const line = make('div', { className: 'line' });
  line.append(make('span', { textContent: name }), make('output', { ariaLive: 'off' }));
  const track = make('div', { className: 'track' });
  track.append(make('div', { className: 'fill' }));
  item.append(line, track);
  return item;
}

function showProblem(message) {
  byId('prediction').textContent = '–';
  byId('bars').replaceChildren();
  byId('problem').textContent = message;
}

/** The proportions follow the measurements. */
function drawShape() {
  const beak = 8 + 44 * toShare('beak_length');
  const depth = 9 + 15 * toShare('beak_depth');
  const flipper = 72 + 56 * toShare('flipper_length');
  const mass = toShare('body_mass');
  const width = 26 * mass;
  const [left, right] = [52 - width, 176 + width];
  draw(
    'body',
    `M84 84 C70 118 ${left} 150 ${left} 208 C${left} 258 84 274 118 274`,
    `C160 274 ${right} 258 ${right} 206 C${right} 152 164 120 160 84 Z`,
  );
  draw(
    'belly',
    `M122 120 C96 132 ${left + 34} 160 ${left + 34} 212 C${left + 34} 250 96 268 122 268`,
    `C154 268 ${right - 8} 252 ${right - 8} 206 C${right - 8} 160 156 126 150 116 Z`,
  );
  draw(
    'beak',
    `M154 ${86 - depth / 2} Q${158 + beak * 0.7} ${86 - depth / 2} ${158 + beak} ${90 + depth / 4}`,
    `Q${158 + beak * 0.6} ${87 + depth / 2} 152 ${87 + depth / 2} Z`,
  );
  const shoulder = 80 - width / 2;
  draw(
    'flipper',
    `M${shoulder} 132 C${shoulder - 34} 156 ${shoulder - 36} ${132 + flipper * 0.7} ${shoulder - 18} ${132 + flipper}`,
    `C${shoulder + 6} ${132 + flipper * 0.85} ${shoulder + 24} ${132 + flipper * 0.4} ${shoulder + 14} 138 Z`,
  );
  const scale = 0.9 + 0.1 * mass;
  byId('whole').setAttribute('transform', `translate(${118 * (1 - scale)} ${278 * (1 - scale)}) scale(${scale})`);
}

/** The marks of a species are as clear as the model is sure. */
function drawLook(probabilities) {
  for (const name of Object.keys(SPECIES)) byId(name.toLowerCase()).setAttribute('opacity', probabilities[name] ?? 0);
  for (const part of ['beak', 'feet']) {
    const color = [0, 1, 2].map((at) =>
      Math.round(
        Object.entries(SPECIES).reduce((sum, [name, look]) => sum + (probabilities[name] ?? 0) * look[part][at], 0),
      ),
    );
    byId(part).setAttribute('fill', `rgb(${color.join(', ')})`);
  }
}

function draw(id, ...commands) {
  byId(id).setAttribute('d', commands.join(' '));
}

/** Where a measurement is in its range, from 0 to 1. */
function toShare(name) {
  const { min, max } = FIELDS.find((field) => field.name === name);
  return (values[name] - min) / (max - min);
}

/** Adds a field to the form, and returns the function that shows its value. */
function addField(field) {
  const box = make('div', { className: 'field' });
  const show = field.choices ? addChoice(field, box) : addMeasure(field, box);
  byId('form').append(box);
  return show;
}

function addMeasure({ name, label, unit, min, max, step }, box) {
  const slider = make('input', { id: name, type: 'range', min, max, step });
  const output = make('output', { htmlFor: name, ariaLive: 'off' });
  const show = () => {
    slider.value = values[name];
    showText();
  };
  const showText = () => {
    output.textContent = `${values[name].toLocaleString('en')} ${unit}`;
    slider.ariaValueText = output.textContent;
  };
  slider.addEventListener('input', () => {
    values[name] = Number(slider.value);
    showText();
    update();
  });
  const line = make('div', { className: 'line' });
  line.append(make('label', { htmlFor: name, textContent: label }), output);
  box.append(line, slider);
  return show;
}

/** A list; the value of an option is its position. */
function addChoice({ name, label, choices }, box) {
  const select = make('select', { id: name });
  choices.forEach((choice, at) =>
    select.append(make('option', { value: String(at), textContent: choice === null ? 'no value' : toWord(choice) })),
  );
  select.addEventListener('change', () => {
    values[name] = choices[Number(select.value)];
    update();
  });
  box.append(make('label', { htmlFor: name, textContent: label }), select);
  return () => (select.value = String(choices.indexOf(values[name])));
}

function toWord(choice) {
  return choice === choice.toUpperCase() ? choice.toLowerCase() : choice;
}

function make(name, { htmlFor, ...properties } = {}) {
  const element = Object.assign(document.createElement(name), properties);
  if (htmlFor !== undefined) element.setAttribute('for', htmlFor);
  return element;
}
