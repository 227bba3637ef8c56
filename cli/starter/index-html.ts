/** The page of the starter application; nothing of a deployment is in it. */
export const INDEX_HTML = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Model</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="style.css" />
    <script type="module" src="app.js"></script>
  </head>
  <body>
    <header>
      <h1 id="title">Model</h1>
      <p id="description"></p>
    </header>
    <main>
      <input id="find" type="search" aria-label="Find a field" placeholder="Find a field by name" hidden />
      <form id="form" aria-label="Values to score" autocomplete="off"></form>
      <section id="answer" aria-labelledby="answer-title">
        <h2 id="answer-title">Answer</h2>
        <p id="prediction" aria-live="polite">…</p>
        <ul id="bars"></ul>
        <p id="others"></p>
        <p id="problem" role="alert"></p>
      </section>
    </main>
    <noscript>This page needs JavaScript.</noscript>
  </body>
</html>
`;
