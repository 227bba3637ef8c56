/** The style of the starter application: light and dark, from 320 px. */
export const STYLE_CSS = `:root {
  color-scheme: light dark;
  --ink: light-dark(#1c2024, #eceef0);
  --muted: light-dark(#5b646d, #a5afb8);
  --page: light-dark(#f6f7f9, #14171a);
  --card: light-dark(#ffffff, #1e2327);
  --line: light-dark(#d8dde2, #353c43);
  --accent: light-dark(#0b62c4, #69aefc);
  --alert: light-dark(#b3261e, #ff8f86);
}

* {
  box-sizing: border-box;
}

body {
  margin: 0 auto;
  max-width: 64rem;
  padding: 1rem;
  font:
    1rem/1.5 system-ui,
    sans-serif;
  color: var(--ink);
  background: var(--page);
  overflow-wrap: anywhere;
}

h1 {
  margin: 0.5rem 0 0;
  font-size: 1.6rem;
}

h2 {
  margin: 0;
  font-size: 0.9rem;
  color: var(--muted);
}

header p {
  margin: 0.25rem 0 1rem;
  color: var(--muted);
}

main {
  display: grid;
  gap: 1rem;
}

form,
#answer {
  padding: 1rem;
  border: 1px solid var(--line);
  border-radius: 0.75rem;
  background: var(--card);
}

form {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr));
  gap: 1rem;
  align-items: end;
}

@media (min-width: 48rem) {
  main {
    grid-template-columns: 1fr 20rem;
    align-items: start;
  }

  #answer {
    position: sticky;
    top: 1rem;
    grid-column: 2;
  }

  #find {
    grid-column: 1 / -1;
  }
}

@media (max-width: 47.99rem) {
  /* Below a form of many fields, nobody would see the answer. */
  .wide #answer {
    order: -1;
  }
}

[hidden] {
  display: none;
}

#find {
  width: min(22rem, 100%);
}

.field label {
  display: -webkit-box;
  -webkit-line-clamp: 3;
  -webkit-box-orient: vertical;
  overflow: hidden;
  font-weight: 600;
}

.field .inputs {
  display: flex;
  gap: 0.75rem;
  align-items: center;
}

input,
select {
  min-width: 0;
  padding: 0.4rem 0.5rem;
  border: 1px solid var(--line);
  border-radius: 0.4rem;
  font: inherit;
  color: inherit;
  background: var(--page);
  accent-color: var(--accent);
}

select,
input[type='text'],
input[type='number']:only-child {
  width: 100%;
}

input[type='range'] {
  flex: 1;
  padding: 0;
}

.inputs input[type='number']:not(:only-child) {
  width: 6.5rem;
}

:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 2px;
}

#prediction {
  margin: 0.25rem 0 0.75rem;
  font-size: 1.8rem;
  font-weight: 700;
}

#bars {
  margin: 0;
  padding: 0;
  list-style: none;
}

.bar {
  display: flex;
  justify-content: space-between;
  gap: 1rem;
}

.percent {
  flex: none;
}

#others {
  margin: 0.5rem 0 0;
  color: var(--muted);
  font-size: 0.9rem;
}

meter {
  width: 100%;
  height: 0.9rem;
}

#problem {
  margin: 0;
  color: var(--alert);
}
`;
