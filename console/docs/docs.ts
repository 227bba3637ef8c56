/** Shows the contract with Swagger UI, which a classic script has loaded. */
type SwaggerUi = (options: Readonly<Record<string, unknown>>) => unknown;
/** Swagger UI is dark where its root has this class; docs.css has the rest. */
const DARK = 'dark-mode';
const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle(DARK, dark.matches);
dark.addEventListener('change', follow);
follow();

const { SwaggerUIBundle: show } = globalThis as unknown as { readonly SwaggerUIBundle: SwaggerUi };

show({ url: '../openapi.json', domNode: document.getElementById('contract'), deepLinking: true, validatorUrl: null });

// Whoever has no session needs no button that ends it.
const reply = await fetch('../session');
const session = (await reply.json()) as { readonly logged_in?: boolean };
const form = document.querySelector('form');
if (session.logged_in && form) form.hidden = false;

export {};
